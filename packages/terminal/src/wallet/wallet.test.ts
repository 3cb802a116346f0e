import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet as EthersWallet } from "ethers";
import { verifyMessage } from "viem";
import { expect, onTestFinished, test } from "vitest";
import { openConfig } from "../config/store.ts";
import type { Context } from "../context.ts";
import type { Flags } from "../flags.ts";
import { createOutput } from "../output.ts";
import { fakeIo } from "../testing/fake-io.ts";
import { createUi } from "../ui.ts";
import { readKeystoreHeader } from "@apoc/client/keystore";
import { scryptCost } from "./scrypt-cost.ts";
import { openWallet } from "./open-wallet.ts";
import { chooseNewPassword } from "./password.ts";
import { createWallet, listWallets, readWallet } from "./store.ts";

const key = `0x${"11".repeat(32)}`;
const address = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A";
const env = { APOC_KEYSTORE_SCRYPT_N: "4096" };

async function context(change: Partial<Flags> = {}, options: Parameters<typeof fakeIo>[0] = {}) {
  const dir = await mkdtemp(join(tmpdir(), "apoc-wallet-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const { io } = fakeIo(options);
  const flags = {
    json: false,
    quiet: false,
    verbose: 0,
    color: true,
    input: true,
    yes: false,
    wallet: "w",
    ...change,
  } as Flags;
  const signal = new AbortController().signal;
  const config = openConfig({}, { configDir: dir }, "/");
  const ctx: Context = {
    io,
    output: createOutput(io, flags),
    ui: createUi(io, flags, signal),
    signal,
    config,
    flags,
    env,
    cwd: dir,
  };
  return { ctx, dir };
}

test("a wallet is a keystore of mode 0600 that other tools open, and opens with its password", async () => {
  const { ctx, dir } = await context({ passwordFile: "p" });
  await writeFile(join(dir, "p"), "pass word\n");
  const stored = await createWallet(ctx, "w", key, "pass word");
  expect((await stat(stored.path)).mode & 0o777).toBe(0o600);
  expect(stored.address).toBe(address);
  expect(Object.keys(JSON.parse(stored.text) as object)).toContain("crypto");
  expect((await EthersWallet.fromEncryptedJson(stored.text, "pass word")).privateKey).toBe(key);
  const wallet = await openWallet(ctx);
  expect(wallet.address).toBe(address);
  expect(await openWallet(ctx)).toBe(wallet);
  const signature = await wallet.account.signMessage({ message: "m" });
  expect(await verifyMessage({ address, message: "m", signature })).toBe(true);
  expect(await listWallets(ctx)).toMatchObject([{ name: "w", address }]);
});

test("secrets for files differ by context and repeat for the same one", async () => {
  const { ctx, dir } = await context({ passwordFile: "p" });
  await writeFile(join(dir, "p"), "x");
  await createWallet(ctx, "w", key, "x");
  const { secretFor } = await openWallet(ctx);
  expect(secretFor("a")).toHaveLength(32);
  expect(secretFor("a")).toEqual(secretFor("a"));
  expect(secretFor("a")).not.toEqual(secretFor("b"));
  // A changed derivation would lock users out of their files. Made with Python's hmac and hashlib.
  expect(Buffer.from(secretFor("test")).toString("hex")).toBe(
    "afdaeceea899966c54b305d9285dced93b728ea183a4312ea0458f3417e3888f",
  );
});

test("a wrong, a missing and an unreadable password are told apart", async () => {
  const wrong = await context({}, { tty: true, input: "nope\n" });
  await createWallet(wrong.ctx, "w", key, "right");
  await expect(openWallet(wrong.ctx)).rejects.toMatchObject({ code: "APOC-9022" });
  const none = await context();
  await createWallet(none.ctx, "w", key, "right");
  await expect(openWallet(none.ctx)).rejects.toMatchObject({ code: "APOC-9021" });
  const gone = await context({ passwordFile: "gone" });
  await createWallet(gone.ctx, "w", key, "right");
  await expect(openWallet(gone.ctx)).rejects.toMatchObject({ code: "APOC-9005", field: "gone" });
});

test("--password-file - reads standard input; a new password is asked twice", async () => {
  const piped = await context({ passwordFile: "-" });
  (piped.ctx.io.stdin as unknown as { end(text: string): void }).end("right\n");
  await createWallet(piped.ctx, "w", key, "right");
  expect((await openWallet(piped.ctx)).address).toBe(address);
  const twice = await context({}, { tty: true, input: "a\na\na\nb\n" });
  expect(await chooseNewPassword(twice.ctx, "w")).toBe("a");
  await expect(chooseNewPassword(twice.ctx, "w")).rejects.toMatchObject({ code: "APOC-9022" });
});

test("names, keys and overwriting", async () => {
  const { ctx } = await context();
  await expect(createWallet(ctx, "../w", key, "x")).rejects.toMatchObject({ code: "APOC-9026" });
  for (const bad of ["0x12", `0x${"00".repeat(32)}`, `0x${"ff".repeat(32)}`]) {
    const error: unknown = await createWallet(ctx, "w", bad, "x").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "APOC-9025" });
    expect((error as Error).cause).toBeUndefined();
    expect((error as Error).message).not.toContain(bad);
  }
  await createWallet(ctx, "w", key, "x");
  await expect(createWallet(ctx, "w", key, "x")).rejects.toMatchObject({ code: "APOC-9024" });
  await expect(readWallet(ctx, "nobody")).rejects.toMatchObject({ code: "APOC-9020" });
});

test("a file that is no keystore, or asks for too much memory, is refused before any derivation", () => {
  const file = (n: number) =>
    JSON.stringify({
      version: 3,
      crypto: {
        cipher: "aes-128-ctr",
        ciphertext: "00",
        mac: "00",
        kdfparams: { n, r: 8, p: 1, salt: "00" },
      },
    });
  expect(readKeystoreHeader("f", file(1 << 20))).toEqual({ address: undefined });
  for (const text of ["{}", "no json", file(1 << 21), file(4096).replace("3", "1")]) {
    expect(() => readKeystoreHeader("f", text)).toThrow(expect.objectContaining({ code: "APOC-9023" }));
  }
});

test.each([
  [undefined, 131_072],
  ["4096", 4096],
])("scrypt cost %s", (text, cost) => {
  expect(scryptCost({ APOC_KEYSTORE_SCRYPT_N: text })).toBe(cost);
});

test.each(["2048", "5000", "2097152", "1e5", "-4096"])("scrypt cost %s is refused", (text) => {
  expect(() => scryptCost({ APOC_KEYSTORE_SCRYPT_N: text })).toThrow(
    expect.objectContaining({ code: "APOC-9027" }),
  );
});
