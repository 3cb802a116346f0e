import { expect, test } from "vitest";
import { createOutput, toJson } from "./output.ts";
import { fakeIo } from "./testing/fake-io.ts";

const columns = [
  { title: "NAME", value: (row: { name: string }) => row.name },
  { title: "DUE", value: (row: { due: string }) => row.due, align: "right" },
] as const;
const rows = [
  { name: "books", due: "25.0" },
  { name: "a\u001b[2K\nb", due: "1.25" },
];

test("a table is aligned on a terminal and tab separated in a pipe; cells stay one line", () => {
  const render = (tty: boolean) => {
    const fake = fakeIo({ tty });
    createOutput(fake.io, { json: false, color: true }).result(rows, (tools) => tools.table(rows, columns));
    return fake.out();
  };
  expect(render(true)).toBe(
    "NAME     DUE\nbooks   25.0\na [2K b  1.25\n"
      .replace("NAME     DUE", "NAME      DUE")
      .replace("books   25.0", "books    25.0"),
  );
  expect(render(false)).toBe("books\t25.0\na [2K b\t1.25\n");
});

test("one result a command", () => {
  const output = createOutput(fakeIo().io, { json: false, color: true });
  output.result(1, "1");
  expect(() => output.result(2, "2")).toThrow("one result");
});

test("lines are JSON lines with --json, and a command without result prints null", () => {
  const fake = fakeIo();
  const lines = createOutput(fake.io, { json: true, color: true });
  lines.line({ n: 2n ** 80n }, "x");
  lines.line({ n: 1 }, "y");
  lines.finish();
  expect(fake.out()).toBe('{"n":"1208925819614629174706176"}\n{"n":1}\n');
  const empty = fakeIo();
  createOutput(empty.io, { json: true, color: true }).finish();
  expect(empty.out()).toBe("null\n");
  expect(toJson(undefined)).toBe("null");
});
