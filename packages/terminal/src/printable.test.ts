import { expect, test } from "vitest";
import { fakeIo } from "./testing/fake-io.ts";
import { createOutput, toJson } from "./output.ts";
import { printable, unpainted } from "./printable.ts";

test("what others write cannot move the cursor, hide, ring or turn text around; our colours stay", () => {
  expect(printable("a\u001b[2Jb\u0007\u009b1A\u202ec\td\ne\r")).toBe(
    "a\ufffd[2Jb\ufffd\ufffd1A\ufffdc\td\ne\ufffd",
  );
  expect(printable("\u001b[31mred\u001b[39m \u001b[8mhidden")).toBe(
    "\u001b[31mred\u001b[39m \ufffd[8mhidden",
  );
  expect(unpainted("\u001b[31mred")).toBe("\ufffd[31mred");
});

test("results are cleaned as text, and stay the same value as JSON", () => {
  const { io, out } = fakeIo();
  createOutput(io, { json: false, color: true }).result(null, "name\u001b[1A");
  expect(out()).toBe("name\ufffd[1A\n");
  const value = { name: "a\u009b1Ab\u007f" };
  expect(toJson(value)).not.toMatch(/[\u007f-\u009f]/);
  expect(JSON.parse(toJson(value))).toEqual(value);
});
