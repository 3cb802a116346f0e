import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { defineCommand, defineGroup, type RunResult } from "./command/index.ts";
import type { Context } from "./context.ts";
import { terminalErrors } from "./errors.ts";
import { runCli } from "./main.ts";
import { fakeIo } from "./testing/fake-io.ts";

let loaded = 0;
let bodies = 0;
const seen: unknown[] = [];

interface EchoInput {
  readonly args: { readonly first: string; readonly more: readonly string[] };
  readonly options: {
    readonly to: string;
    readonly tag: readonly string[];
    readonly count: bigint;
    readonly mode: "fast" | "safe" | undefined;
    readonly wait: boolean;
  };
}

async function runEcho(ctx: Context, { args, options }: EchoInput): RunResult {
  const typed = [args.first, args.more, options.to, options.tag, options.count, options.mode, options.wait];
  seen.push({ typed, flags: ctx.flags });
  ctx.ui.step("Echoed", args.first);
  ctx.output.result({ first: args.first, amount: options.count }, args.first);
}

const echo = defineCommand({
  args: {
    first: { syntax: "<first>", description: "a word" },
    more: { syntax: "[more...]", description: "words" },
  },
  options: {
    to: { flags: "--to <ref>", description: "where", required: true },
    tag: { flags: "-t, --tag <tag>", description: "tags", multiple: true },
    count: {
      flags: "--count <n>",
      description: "how often",
      default: "3",
      parse: (text: string) => BigInt(text),
    },
    mode: { flags: "--mode <mode>", description: "how", choices: ["fast", "safe"] },
    wait: { flags: "--wait", description: "wait" },
  },
  examples: [{ text: "Say it", command: "tool echo hi --to x" }],
  run: async () => (bodies++, { run: runEcho }),
});
const group = defineGroup({
  summary: "A tool",
  commands: {
    echo: { summary: "Say it again", aliases: ["say"], load: async () => (loaded++, { command: echo }) },
    nest: {
      summary: "More below",
      load: async () => ({
        group: defineGroup({
          summary: "More below",
          commands: {
            bad: {
              summary: "Fails",
              load: async () => ({
                command: defineCommand({
                  run: async () => ({
                    run: async () => {
                      throw new Error("boom\u001b[31m");
                    },
                  }),
                }),
              }),
            },
            wait: {
              summary: "Waits for the end",
              load: async () => ({
                command: defineCommand({
                  run: async () => ({
                    run: (ctx) =>
                      new Promise((_, reject) => {
                        ctx.signal.addEventListener("abort", () => reject(new Error("aborted by something")));
                      }),
                  }),
                }),
              }),
            },
            check: {
              summary: "Finds something",
              load: async () => ({
                command: defineCommand({
                  run: async () => ({
                    run: async (ctx) => {
                      ctx.output.result({ ok: false }, "not ok");
                      return "verification";
                    },
                  }),
                }),
              }),
            },
          },
        }),
      }),
    },
  },
});
const program = { name: "tool", version: "1.2.3" };
const run = async (argv: string[], options: Parameters<typeof fakeIo>[0] = {}) => {
  const fake = fakeIo(options);
  const code = await runCli(program, group, argv, fake.io);
  return { code, out: fake.out(), err: fake.err() };
};

test("a bare noun, --help and help <noun> show the same help without loading a command", async () => {
  loaded = 0;
  const bare = await run([]);
  expect(bare.code).toBe(0);
  expect(bare.out).toMatch(
    /^A tool\.\n\nUSAGE\n {2}tool <command> \[flags\]\n\nCOMMANDS\n {2}echo +Say it again/,
  );
  expect((await run(["--help"])).out).toBe(bare.out);
  expect((await run(["help"])).out).toBe(bare.out);
  expect(loaded).toBe(0);
  expect((await run(["nest"])).out).toContain("tool nest <command>");
});

test("a word that every object has as a member names no topic and no command", async () => {
  const { code, out, err } = await run(["help", "constructor"]);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("APOC-9002");
});

test("the help of a command names arguments, flags, inherited flags and examples, also when arguments lack", async () => {
  bodies = 0;
  const { code, out } = await run(["echo", "-h"]);
  expect(code).toBe(0);
  expect(out).toContain("tool echo <first> [more...] --to <ref> [flags]");
  expect(out).toContain("--mode <mode>");
  expect(out).toContain("how: {fast|safe}");
  expect(out).toContain("INHERITED FLAGS");
  expect(out).toContain("$ tool echo hi --to x");
  expect((await run(["help", "echo"])).out).toBe(out);
  expect(bodies, "modules of run").toBe(0);
});

test("a run that takes less than its command may give does not compile", () => {
  interface Demanding {
    readonly args: { readonly text: string };
  }
  const run = async (_: Context, { args }: Demanding) => void args.text.trim();
  const description = "a word";
  expect(
    defineCommand({ args: { text: { syntax: "<text>", description } }, run: async () => ({ run }) }).kind,
  ).toBe("command");
  const optional = { text: { syntax: "[text]", description } } as const;
  // @ts-expect-error The argument may be absent.
  expect(defineCommand({ args: optional, run: async () => ({ run }) }).kind).toBe("command");
});

test("values arrive parsed, global flags stand anywhere, an alias works", async () => {
  seen.length = 0;
  const { code, out, err } = await run(
    [
      "--network",
      "local",
      "say",
      "hi",
      "a",
      "b",
      "--to",
      "x",
      "-t",
      "1",
      "--tag",
      "2",
      "--mode",
      "fast",
      "-vv",
      "--",
      "--wait",
    ],
    { env: { APOC_NETWORK: "other", APOC_WALLET: "w" } },
  );
  expect({ code, out, err }).toEqual({ code: 0, out: "hi\n", err: `  ✓ Echoed${" ".repeat(19)}hi\n` });
  expect(seen[0]).toMatchObject({
    typed: ["hi", ["a", "b", "--wait"], "x", ["1", "2"], 3n, "fast", false],
    flags: { network: "local", wallet: "w", verbose: 2, input: true, color: true },
  });
});

test("--json prints one document, amounts as decimal strings, and no steps", async () => {
  const { out, err } = await run(["echo", "hi", "--to", "x", "--json"]);
  expect(JSON.parse(out)).toEqual({ first: "hi", amount: "3" });
  expect(err).toBe("");
});

test.each([
  [["ehco"], "APOC-9002", "Did you mean echo?"],
  [["nest", "bda"], "APOC-9002", "Did you mean bad?"],
  [["echo", "hi", "--too", "x"], "APOC-9001", "Did you mean --to?"],
  [["echo", "hi"], "APOC-9001", "required option '--to <ref>' is missing"],
  [["echo", "--to", "x"], "APOC-9001", "missing required argument 'first'"],
  [["echo", "hi", "--to", "x", "--mode", "slow"], "APOC-9001", "Allowed choices are fast, safe"],
  [["echo", "hi", "--to", "x", "--count", "many"], "APOC-9001", "many"],
  [["echo", "hi", "--to", "x", "--timeout", "soon"], "APOC-9001", "soon"],
  [["echo", "hi", "--to", "x", "--rpc-url", "ftp://x"], "APOC-9001", "--rpc-url <url>"],
  [["echo", "hi", "--to", "x", "--ipfs-gateway", "gateway.example"], "APOC-9001", "--ipfs-gateway <url>"],
  [["--nonsense"], "APOC-9001", "unknown option '--nonsense'"],
])("usage errors exit 2 and leave stdout empty: %j", async (argv, code, text) => {
  const result = await run(argv);
  expect(result.code).toBe(2);
  expect(result.out).toBe("");
  expect(result.err).toContain(`error ${code}`);
  expect(result.err).toContain(text);
});

test("a group without commands knows no word", async () => {
  const fake = fakeIo();
  expect(await runCli(program, defineGroup({ summary: "Empty", commands: {} }), ["serve"], fake.io)).toBe(2);
  expect(fake.err()).toContain("error APOC-9002");
});

test("with --json the error is one document on stderr", async () => {
  const { code, out, err } = await run(["echo", "--json"]);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(JSON.parse(err)).toMatchObject({
    error: {
      code: "APOC-9001",
      name: "USAGE",
      kind: "usage",
      next: { action: "run", subject: "tool echo --help" },
      fix: "tool echo --help",
    },
  });
});

test("an unexpected error is short, cleaned of control characters, and has its stack with --trace", async () => {
  const short = await run(["nest", "bad"]);
  expect(short.code).toBe(1);
  expect(short.err).toContain("boom\ufffd[31m");
  expect(short.err).not.toContain("main.test.ts");
  expect((await run(["nest", "bad", "--trace"])).err).toContain("main.test.ts");
});

test("a result with a verdict ends with the exit code of that kind", async () => {
  expect(await run(["nest", "check"])).toEqual({ code: 3, out: "not ok\n", err: "" });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s aborts the command and exits %i", async (signal, code) => {
  const fake = fakeIo();
  const ending = runCli(program, group, ["nest", "wait"], fake.io);
  setImmediate(() => fake.signals.emit(signal));
  expect(await ending).toBe(code);
  expect(fake.err()).toContain(`error ${terminalErrors.INTERRUPTED.code}`);
  expect(fake.signals.listenerCount(signal)).toBe(0);
});

test("--timeout ends as a network failure that may be repeated", async () => {
  const { code, err } = await run(["nest", "wait", "--timeout", "1ms"]);
  expect(code).toBe(7);
  expect(err).toContain(terminalErrors.TIMED_OUT.code);
});

test("a reader that goes away ends the program quietly", async () => {
  const fake = fakeIo();
  const ending = runCli(program, group, ["nest", "wait"], fake.io);
  setImmediate(() =>
    fake.io.stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  );
  expect(await ending).toBe(0);
  expect(fake.err()).toBe("");
});

test("--version and the help topics print results", async () => {
  expect((await run(["--version"])).out).toBe("tool 1.2.3\n");
  expect(JSON.parse((await run(["--version", "--json"])).out)).toEqual(program);
  expect((await run(["help", "environment"])).out).toMatch(/APOC_RPC_URL .*\(secret\)/);
  expect(JSON.parse((await run(["help", "exit-codes", "--json"])).out)).toMatchObject({
    0: "done",
    130: "interrupted by Ctrl-C",
  });
});

test("output that cannot be stored is an error with a code, not a stack", async () => {
  const { io, err } = fakeIo();
  const full = Object.assign(
    new Writable({ write: (_, __, done) => done(new Error("ENOSPC: no space left")) }),
    {
      isTTY: false,
    },
  );
  expect(await runCli(program, group, ["--help"], { ...io, stdout: full })).toBe(1);
  expect(err()).toContain(terminalErrors.OUTPUT_UNWRITABLE.code);
  expect(err()).not.toContain("    at ");
});
