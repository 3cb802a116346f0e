import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifySessionSignature } from "@apoc/core";
import { beforeEach, expect, test } from "vitest";
import { clientErrors } from "../errors.ts";
import { memorySessionKeys } from "../pod/session-keys.ts";
import type { SessionKeys } from "../ports.ts";
import { sessionKeyFiles } from "./session-key-files.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-keys-"));
  return () => rm(dir, { recursive: true });
});

const stores: [string, () => SessionKeys][] = [
  ["in files", () => sessionKeyFiles(join(dir, "keys"))],
  ["in memory", memorySessionKeys],
];

test.each(stores)("keys %s sign as before once they are kept, and are missing otherwise", async (_, open) => {
  const keys = open();
  const message = new TextEncoder().encode("request");
  const created = await keys.create();
  const missing = { code: clientErrors.SESSION_KEY_MISSING.code };
  await expect(keys.open(created.key)).rejects.toMatchObject(missing);
  await created.keep();
  const signature = await (await keys.open(created.key)).sign(message);
  expect(await verifySessionSignature(created.key, message, signature)).toBe(true);
  await expect(keys.open((await keys.create()).key)).rejects.toMatchObject(missing);
});

test("a key's file is its owner's only, and one that is no key is refused", async () => {
  const keys = sessionKeyFiles(dir);
  const created = await keys.create();
  await created.keep();
  const [file = ""] = await readdir(dir);
  expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  await writeFile(join(dir, file), "{}");
  await expect(keys.open(created.key)).rejects.toMatchObject({ code: clientErrors.RECORD_INVALID.code });
});
