import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { expect, onTestFinished, test } from "vitest";
import { group } from "../index.ts";

test("a development chain has contracts, funds wallets, adds itself, and goes on where it ended", async () => {
  const dir = await mkdtemp(join(tmpdir(), "apoc-chain-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, "password"), "pass\n");
  const io = () =>
    fakeIo({
      cwd: dir,
      env: {
        APOC_CONFIG_DIR: join(dir, "config"),
        APOC_DATA_DIR: join(dir, "data"),
        APOC_KEYSTORE_SCRYPT_N: "4096",
        APOC_PASSWORD_FILE: join(dir, "password"),
      },
    });
  const apoc = async (line: string) => {
    const fake = io();
    const code = await runCli({ name: "apoc", version: "0" }, group, line.split(" "), fake.io);
    return { code, out: fake.out(), err: fake.err() };
  };
  /** Serves while `work` runs; gives what it printed. */
  const serving = async (line: string, work: () => Promise<void>) => {
    const fake = io();
    const started = new Promise<void>((resolve) => fake.io.stdout.once("data", () => resolve()));
    const ended = runCli({ name: "apoc", version: "0" }, group, line.split(" "), fake.io);
    await Promise.race([started, ended]);
    await work();
    fake.signals.emit("SIGINT");
    expect(await ended).toBe(0);
    return JSON.parse(fake.out()) as { token: string; funded: string[]; rpc: string[] };
  };
  await apoc("wallet new alice");
  const line = "chain serve --listen 127.0.0.1:0 --dir chain --fund alice --json";
  const first = await serving(`${line} --add local`, async () => {
    expect((await apoc("doctor pod --json")).out).toContain("paymentChannel, marketplace, token");
    expect((await apoc("wallet balance")).out).toBe("1000.000000000000000000\tETH\n1000.000000\ttUSD\n");
  });
  const second = await serving(`${line} --add local --replace`, async () => {
    expect((await apoc("wallet balance")).out).toBe("1000.000000000000000000\tETH\n1000.000000\ttUSD\n");
  });
  expect(second).toEqual({ ...first, rpc: second.rpc });
  expect(await apoc("chain serve --listen 127.0.0.1:0 --fund nobody")).toMatchObject({ code: 4, out: "" });
  expect(await apoc("chain serve --listen 0.0.0.0:8545")).toMatchObject({ code: 2, out: "" });
  expect(await apoc("chain serve --block-time 0")).toMatchObject({ code: 2, out: "" });
});
