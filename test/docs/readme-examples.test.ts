import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sampleFiles } from "./readme-files.ts";

const root = join(import.meta.dirname, "../..");
const packages = readdirSync(join(root, "packages"));

/** An example of a README: a fence marked `example`, and what it prints where a fence marked `output` follows. */
interface Example {
  readonly language: string;
  readonly code: string;
  readonly output: string | undefined;
}

function examplesOf(folder: string): Example[] {
  const text = readFileSync(join(root, "packages", folder, "README.md"), "utf8");
  const fence = /^```(ts|sh) example\n([\s\S]*?)^```\n(?:\n?^```text output\n([\s\S]*?)^```\n)?/gm;
  return [...text.matchAll(fence)].map(([, language = "", code = "", output]) => ({
    language,
    code,
    output,
  }));
}

/** The command line programs of this checkout, for examples in sh. */
function writePrograms(folder: string): void {
  mkdirSync(folder);
  const programs = {
    apoc: "apoc",
    "apoc-dev": "developer",
    "apoc-pod": "publisher",
    "apoc-provider": "provider",
  };
  for (const [name, from] of Object.entries(programs)) {
    const file = join(folder, name);
    const entry = join(root, "packages", from, "src/cli.ts");
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" --conditions=apoc-source "${entry}" "$@"\n`);
    chmodSync(file, 0o755);
  }
}

async function run(folder: string, number: number, { language, code }: Example) {
  // Below the checkout, so that imports find the packages.
  const dir = join(root, ".apoc/readme", `${folder}-${process.pid}-${number}`);
  mkdirSync(dir, { recursive: true });
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writePrograms(join(dir, "bin"));
  for (const [name, content] of Object.entries(await sampleFiles(folder))) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  const file = join(dir, `example.${language}`);
  writeFileSync(file, code);
  const command =
    language === "ts" ? [process.execPath, "--conditions=apoc-source", file] : ["sh", "-eu", file];
  const env = {
    ...process.env,
    PATH: `${join(dir, "bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`,
    NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
    APOC_CONFIG_DIR: join(dir, "config"),
    APOC_DATA_DIR: join(dir, "data"),
    APOC_PASSWORD_FILE: join(dir, "password"),
    APOC_KEYSTORE_SCRYPT_N: "4096",
  };
  const child = spawn(command[0]!, command.slice(1), { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code_ = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code: code_, stdout, stderr };
}

test.each(packages)("the examples in the README of packages/%s run", { timeout: 60_000 }, async (folder) => {
  const examples = examplesOf(folder);
  expect(examples.length, "fences marked `example`").toBeGreaterThan(0);
  for (const [number, example] of examples.entries()) {
    const { code, stdout, stderr } = await run(folder, number, example);
    expect({ code, stderr: code === 0 ? "" : stderr }, example.code).toEqual({ code: 0, stderr: "" });
    if (example.output !== undefined) expect(stdout).toBe(example.output);
  }
});
