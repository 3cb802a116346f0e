import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageKey } from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { generateImageKey } from "ocicrypt-js";
import { beforeEach, expect, test } from "vitest";
import { listImageKeys, openImageKey, readImageKeyRecord, saveImageKey } from "./image-key-store.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-keys-"));
  return () => rm(dir, { recursive: true });
});

const digestOf = (byte: string): Digest => `sha256:${byte.repeat(32)}`;
const details = {
  image: digestOf("ab"),
  repository: "registry.example/acme/app",
  tag: "1",
  config: digestOf("cd"),
  developer: "eip155:31337:0x0000000000000000000000000000000000000001",
};
const secretOf = (seed: number) => (context: string) =>
  context === "apoc image keys v1" ? new Uint8Array(32).fill(seed) : new Uint8Array(32);

async function stored() {
  const key = (await generateImageKey()).privateJwk as ImageKey;
  const path = await saveImageKey(dir, secretOf(1), details, key);
  return { key, path, text: await readFile(path, "utf8") };
}

test("the file holds the key only encrypted, has mode 0600, and opens with the same wallet", async () => {
  const { key, path, text } = await stored();
  expect(path).toBe(join(dir, "image-keys", `${"ab".repeat(32)}.json`));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(text).not.toContain(key.d);
  expect(Buffer.from(text).includes(Buffer.from(key.d, "base64url"))).toBe(false);
  const record = await readImageKeyRecord(dir, details.image);
  expect(await openImageKey(record, secretOf(1))).toEqual(key);
  expect(await listImageKeys(dir)).toEqual([record]);
});

test("another wallet does not open it", async () => {
  await stored();
  const record = await readImageKeyRecord(dir, details.image);
  await expect(openImageKey(record, secretOf(2))).rejects.toMatchObject({ code: "APOC-9111" });
});

test("a key cannot be passed off as another image's", async () => {
  const { path, text } = await stored();
  const other = digestOf("ef");
  const moved = join(dir, "image-keys", `${"ef".repeat(32)}.json`);
  await rename(path, moved);
  await expect(readImageKeyRecord(dir, other)).rejects.toMatchObject({ code: "APOC-9112" });
  await writeFile(moved, text.replaceAll(details.image, other));
  const record = await readImageKeyRecord(dir, other);
  await expect(openImageKey(record, secretOf(1))).rejects.toMatchObject({ code: "APOC-9111" });
});

test("missing and malformed files are told apart", async () => {
  await expect(readImageKeyRecord(dir, details.image)).rejects.toMatchObject({ code: "APOC-9110" });
  const { path, text } = await stored();
  for (const bad of ["{", text.replace('"version": 1', '"version": 2'), text.replace('"tag"', '"tagg"')]) {
    await writeFile(path, bad);
    await expect(listImageKeys(dir)).rejects.toMatchObject({ code: "APOC-9112" });
  }
});
