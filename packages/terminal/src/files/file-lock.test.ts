import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { openConfig } from "../config/store.ts";
import { terminalErrors } from "../errors.ts";
import { fileErrors, writeNewFile } from "@apoc/client/files";
import { withFileLock } from "./file-lock.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-lock-"));
  return () => rm(dir, { recursive: true });
});

test("changes of the configuration at the same time are all kept", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `net${index}`);
  const network = { chain: "eip155:1" as const, rpc: ["http://127.0.0.1:1"] };
  await Promise.all(
    names.map((name) =>
      openConfig({}, { configDir: dir }, "/").update((config) => ({
        ...config,
        networks: { ...config.networks, [name]: network },
      })),
    ),
  );
  const { networks } = await openConfig({}, { configDir: dir }, "/").load();
  expect(Object.keys(networks).sort()).toEqual(names.sort());
});

test("a lock of a process that died does not last, a failure releases it", async () => {
  const path = join(dir, "x.lock");
  await writeFile(path, "");
  await utimes(path, new Date(0), new Date(0));
  await expect(withFileLock(path, () => Promise.reject(new RangeError("no")))).rejects.toThrow("no");
  expect(await withFileLock(path, () => Promise.resolve(1))).toBe(1);
});

test("a place that cannot be written, and a file that exists, are named", async () => {
  const file = join(dir, "file");
  await writeFile(file, "kept");
  const code = fileErrors.FILE_UNWRITABLE.code;
  await expect(withFileLock(join(file, "x.lock"), () => Promise.resolve())).rejects.toMatchObject({ code });
  await expect(writeNewFile(join(dir, "no", "x"), "", terminalErrors.USAGE)).rejects.toMatchObject({ code });
  await expect(writeNewFile(file, "other", terminalErrors.WALLET_EXISTS)).rejects.toMatchObject({
    code: terminalErrors.WALLET_EXISTS.code,
    field: file,
  });
});
