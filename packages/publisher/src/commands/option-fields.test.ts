import { clientErrors } from "@apoc/client";
import { ApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { inOptions } from "./option-fields.ts";

const fails = (error: unknown) => inOptions(() => Promise.reject(error as Error));

test("a field of a request becomes its option, every other error stays", async () => {
  const short = new ApocError(clientErrors.DURATION_TOO_SHORT, { field: "seconds", actual: "1 s" });
  await expect(fails(short)).rejects.toMatchObject({ code: short.code, field: "--for", actual: "1 s" });
  const other = new ApocError(clientErrors.POD_CLOSED, { field: "books" });
  await expect(fails(other)).rejects.toBe(other);
  const foreign = new Error("seconds");
  await expect(fails(foreign)).rejects.toBe(foreign);
  expect(await inOptions(() => Promise.resolve(1))).toBe(1);
});
