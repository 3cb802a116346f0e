import { expect, test } from "vitest";
import { ApocError, defineErrors, fromErrorDocument, isApocError } from "./index.ts";

const errors = defineErrors("oci", {
  FIRST: [1001, "verification", "First thing is wrong"],
  SECOND: [1002, "usage", "Second thing is wrong"],
});

test("an error survives the wire with code, field, expected and actual", () => {
  const error = new ApocError(errors.FIRST, {
    field: "layers[0]",
    expected: "a",
    actual: "b",
    next: { action: "fund-channel", subject: "0x12" },
  });
  const revived = fromErrorDocument(JSON.parse(JSON.stringify(error)));
  expect(revived?.toJSON()).toEqual(error.toJSON());
  expect(isApocError(revived, errors.FIRST)).toBe(true);
  expect(isApocError(revived, errors.SECOND)).toBe(false);
});

test("details are replaced, the rest and the code stay", () => {
  const error = new ApocError(errors.FIRST, { field: "a", expected: "b", detail: "c" });
  const changed = error.with({ field: "x", next: { action: "list-pods" } });
  expect(changed.toJSON()).toEqual({ ...error.toJSON(), field: "x", next: { action: "list-pods" } });
  expect(changed.cause).toBe(error);
});

test("foreign errors are not recognised", () => {
  expect(isApocError(new Error("x"))).toBe(false);
  expect(fromErrorDocument({ code: "E1", title: "x" })).toBeUndefined();
});

test("a number outside its area or used twice is refused when the table is defined", () => {
  expect(() => defineErrors("oci", { BAD: [2001, "usage", "x"] })).toThrow(RangeError);
  expect(() => defineErrors("oci", { A: [1001, "usage", "x"], B: [1001, "usage", "y"] })).toThrow(RangeError);
});
