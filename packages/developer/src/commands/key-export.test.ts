import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageKey } from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { openConfig } from "@apoc/terminal/config";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { createWallet, walletOf } from "@apoc/terminal/wallet";
import { generateImageKey, importPrivateKey } from "ocicrypt-js";
import { generatePrivateKey } from "viem/accounts";
import { beforeEach, expect, test } from "vitest";
import { group } from "../index.ts";
import { saveImageKey } from "../keys/image-key-store.ts";

const image: Digest = `sha256:${"ab".repeat(32)}`;
let dir = "";
let key: ImageKey;
let env: Record<string, string> = {};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-export-"));
  env = { APOC_CONFIG_DIR: dir, APOC_DATA_DIR: dir, APOC_KEYSTORE_SCRYPT_N: "4096", APOC_WALLET: "ada" };
  const privateKey = generatePrivateKey();
  await createWallet({ config: openConfig(env, {}, dir), env }, "ada", privateKey, "right");
  await writeFile(join(dir, "right"), "right\n");
  await writeFile(join(dir, "wrong"), "wrong\n");
  key = (await generateImageKey()).privateJwk as ImageKey;
  const details = { image, repository: "r.example/a", tag: "1", config: image, developer: "eip155:1:0x0" };
  await saveImageKey(dir, walletOf("ada", privateKey).secretFor, details, key);
  return () => rm(dir, { recursive: true });
});

async function exportKey(out: string, more: string[], io: { tty?: boolean; input?: string } = {}) {
  const fake = fakeIo({ cwd: dir, env, ...io });
  if (io.tty === true) fake.stdin.end();
  const argv = ["key", "export", image, "--out", out, ...more];
  const code = await runCli({ name: "apoc-dev", version: "0" }, group, argv, fake.io);
  return { code, out: fake.out(), error: /APOC-\d{4}/.exec(fake.err())?.[0] };
}

test("the key is written once, as PKCS#8 with mode 0600", async () => {
  const path = join(dir, "key.pem");
  expect(await exportKey("key.pem", ["--password-file", "right"])).toMatchObject({
    code: 0,
    out: `${path}\n`,
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(await importPrivateKey(await readFile(path, "utf8"))).toEqual(key);
  const again = await exportKey("key.pem", ["--password-file", "right"]);
  expect(again).toEqual({ code: 2, out: "", error: "APOC-9113" });
});

test("without the password nothing is written: 4 for a wrong or missing one, 9 when the question is left", async () => {
  expect(await exportKey("k", ["--password-file", "wrong"])).toEqual({
    code: 4,
    out: "",
    error: "APOC-9022",
  });
  expect(await exportKey("k", [])).toEqual({ code: 4, out: "", error: "APOC-9021" });
  expect(await exportKey("k", [], { tty: true })).toEqual({ code: 9, out: "", error: "APOC-9008" });
  await expect(stat(join(dir, "k"))).rejects.toMatchObject({ code: "ENOENT" });
});
