import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandEntry, Group } from "@apoc/terminal";
import { runCli } from "@apoc/terminal/main";
import { expect, onTestFinished, test } from "vitest";
import { parseProviderConfig } from "./config/index.ts";
import { providerErrors } from "./errors.ts";
import { group } from "./index.ts";

/** Runs one command line in a folder of its own. */
async function setUp() {
  const cwd = await mkdtemp(join(tmpdir(), "apoc-provider-cli-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const run = async (...argv: string[]) => {
    const texts = { out: "", err: "" };
    const sink = (name: keyof typeof texts) =>
      new PassThrough().on("data", (chunk: Buffer) => (texts[name] += chunk.toString()));
    const stdin = new PassThrough();
    const io = { stdin, stdout: sink("out"), stderr: sink("err"), env: { HOME: cwd }, cwd };
    const code = await runCli({ name: "apoc-provider", version: "0" }, group, argv, io);
    return { code, ...texts };
  };
  return { cwd, run };
}

test("every command of the table loads and says what it is for", async () => {
  const load = async (name: string, entry: CommandEntry): Promise<string[]> => {
    const loaded = await entry.load();
    if ("command" in loaded) return [name];
    const below: Group = loaded.group;
    return (
      await Promise.all(Object.entries(below.commands).map(([n, e]) => load(`${name} ${n}`, e)))
    ).flat();
  };
  const names = await Promise.all(Object.entries(group.commands).map(([name, entry]) => load(name, entry)));
  expect(names.flat()).toEqual([
    "init",
    "check",
    "serve",
    "register",
    "pods",
    "earnings",
    "claim",
    "withdraw",
    "evidence",
    "monitor serve",
  ]);
});

test("init writes a configuration that can be read, and leaves an existing one alone", async () => {
  const { cwd, run } = await setUp();
  const path = join(cwd, "provider.yaml");
  expect(await run("init")).toMatchObject({ code: 0, out: `${path}\n` });
  expect(parseProviderConfig(await readFile(path, "utf8"), path).chain.id).toBe(31337);
  const again = await run("init");
  expect(again.code).toBe(2);
  expect(again.err).toContain(providerErrors.CONFIG_EXISTS.code);
});

test("check looks at everything and lists what is missing", async () => {
  const { cwd, run } = await setUp();
  await run("init");
  const path = join(cwd, "provider.yaml");
  // Nobody listens on port 1, whoever else uses this machine.
  await writeFile(path, (await readFile(path, "utf8")).replace("127.0.0.1:8545", "127.0.0.1:1"));
  const { code, out } = await run("check", "--json");
  expect(code).toBe(3);
  const { findings } = JSON.parse(out) as {
    findings: { check: string; verdict: string; error?: { code: string } }[];
  };
  const verdict = (name: string) => findings.find(({ check }) => check === name);
  expect(verdict("config")?.verdict).toBe("PASS");
  expect(verdict("data")?.verdict).toBe("PASS");
  expect(verdict("tee")).toMatchObject({
    verdict: "FAIL",
    error: { code: providerErrors.ATTESTER_UNREACHABLE.code },
  });
  expect(findings.filter(({ verdict: v }) => v === "FAIL").map(({ check }) => check)).toEqual(
    expect.arrayContaining(["wallet", "tee", "chain.rpc[0]", "chain", "paymentChannel"]),
  );
});

test("serve without a configuration names the command that writes one", async () => {
  const { cwd, run } = await setUp();
  const { code, err } = await run("serve");
  expect(code).toBe(2);
  expect(err).toContain(`apoc provider init ${join(cwd, "provider.yaml")}`);
});
