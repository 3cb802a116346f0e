import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { attestationErrors } from "../errors.ts";
import { directoryCache } from "./directory-cache.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "apoc-collateral-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
const fetchedAt = new Date("2026-11-22T10:00:00Z");

test("items come back whole, with their dates, for another process, too", async () => {
  const path = await folder();
  const item = { body: Uint8Array.of(1, 2, 3), fetchedAt, issuerChain: "-----BEGIN" };
  await directoryCache(path).set("amd/vcek/genoa/crl", item);
  await directoryCache(path).set("intel/sgx/root-crl", { body: Uint8Array.of(4), fetchedAt });
  expect(await directoryCache(path).get("amd/vcek/genoa/crl")).toEqual(item);
  expect(await directoryCache(path).get("intel/sgx/root-crl")).toEqual({ body: Uint8Array.of(4), fetchedAt });
  expect(await directoryCache(path).get("amd/vcek/milan/crl")).toBeUndefined();
  expect(await readdir(join(path, "amd/vcek/genoa"))).toEqual(["crl.json"]);
  expect((await stat(join(path, "amd/vcek/genoa/crl.json"))).mode & 0o777).toBe(0o600);
});

test.each([
  "{",
  "{}",
  '{"version":1,"fetchedAt":"yesterday","body":"AQ=="}',
  '{"version":2,"body":"AQ=="}',
  " ".repeat(2 ** 20 + 1),
])("a damaged file is as good as none (%#)", async (text) => {
  const path = await folder();
  const cache = directoryCache(path);
  await cache.set("a", { body: Uint8Array.of(1), fetchedAt });
  await writeFile(join(path, "a.json"), text);
  expect(await cache.get("a")).toBeUndefined();
});

test.each(["../a", "/a", "a/../b", "A", "", "a//b", ".a"])(
  "a key that is no key is refused: %j",
  async (key) => {
    const cache = directoryCache(await folder());
    const error = { code: attestationErrors.ENCODING.code };
    await expect(cache.get(key)).rejects.toMatchObject(error);
    await expect(cache.set(key, { body: Uint8Array.of(1), fetchedAt })).rejects.toMatchObject(error);
  },
);
