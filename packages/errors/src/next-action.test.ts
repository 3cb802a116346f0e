import { expect, test } from "vitest";
import { parseNextStep } from "./index.ts";

test("a step arrives from the wire with action and subject, and nothing else", () => {
  expect(parseNextStep({ action: "fund-channel", subject: "0x12", shell: "x" })).toEqual({
    action: "fund-channel",
    subject: "0x12",
  });
  expect(parseNextStep({ action: "list-pods" })).toEqual({ action: "list-pods" });
});

test.each([
  undefined,
  null,
  "run",
  {},
  { action: "dance" },
  { action: "toString" },
  { action: "close-pod", subject: 1 },
])("%j is no step", (value) => expect(parseNextStep(value)).toBeUndefined());
