import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { createTestClient, http } from "viem";
import { devnetErrors } from "../errors.ts";
import { anvilBinary } from "./anvil-binary.ts";

/** An account that the chain gives Ether to. */
export interface FundedAccount {
  readonly address: `0x${string}`;
  /** Wei; default 1000 Ether. */
  readonly balance?: bigint;
}

export interface AnvilOptions {
  /** Keeps the chain's state in `<dir>/chain.json` from run to run; absent: the chain is forgotten. */
  readonly dir?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Seconds between blocks, in addition to the blocks of transactions. Absent: blocks for transactions only. */
  readonly blockTime?: number;
  /** Default 31337. */
  readonly chainId?: number;
  readonly accounts?: readonly FundedAccount[];
}

/** A running chain. */
export interface Anvil {
  readonly url: string;
  readonly chainId: number;
  readonly pid: number;
  /** Moves the chain's clock forward and mines a block. */
  advance(seconds: number): Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends the process and waits for it; with `dir` the state is written. */
  close(): Promise<void>;
}

const readyMilliseconds = 15_000;
const stopMilliseconds = 10_000;
const defaultBalance = 1000n * 10n ** 18n;

/** Starts anvil on a loopback port and returns when it answers. Throws ANVIL_MISSING, ANVIL_FAILED. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const chainId = options.chainId ?? 31337;
  const words = [
    "--host",
    "127.0.0.1",
    "--port",
    `${options.port ?? 0}`,
    "--accounts",
    "0",
    "--chain-id",
    `${chainId}`,
  ];
  if (options.blockTime !== undefined) words.push("--block-time", `${options.blockTime}`, "--mixed-mining");
  if (options.dir !== undefined) {
    await mkdir(options.dir, { recursive: true });
    words.push("--state", join(options.dir, "chain.json"), "--state-interval", "1");
  }
  const child = spawn(anvilBinary(), words, { stdio: ["ignore", "pipe", "pipe"] });
  // Whatever way this process ends, short of SIGKILL, the chain does not outlive it.
  const killOnExit = () => child.kill("SIGKILL");
  process.once("exit", killOnExit);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async () => {
    process.removeListener("exit", killOnExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const clock = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
    await ended;
    clearTimeout(clock);
  };
  try {
    const url = `http://${await listening(child)}`;
    const client = createTestClient({ mode: "anvil", transport: http(url) });
    for (const { address, balance } of options.accounts ?? []) {
      await client.setBalance({ address, value: balance ?? defaultBalance });
    }
    return {
      url,
      chainId,
      pid: child.pid ?? 0,
      async advance(seconds) {
        await client.increaseTime({ seconds });
        await client.mine({ blocks: 1 });
      },
      ended,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for the line that names the address; keeps reading afterwards so that the pipe never fills. */
async function listening(child: ChildProcess): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    const fail = (detail: string) =>
      reject(new ApocError(devnetErrors.ANVIL_FAILED, { detail: `${detail}\n${text.trim()}` }));
    const clock = setTimeout(() => fail(`No answer after ${readyMilliseconds} ms.`), readyMilliseconds);
    const read = (chunk: Buffer) => {
      if (text.length < 65_536) text += chunk.toString("utf8");
      const match = /Listening on (127\.0\.0\.1:\d+)/.exec(text);
      if (match?.[1] === undefined) return;
      clearTimeout(clock);
      resolve(match[1]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("close", (code) => {
      clearTimeout(clock);
      fail(`It ended with code ${code}.`);
    });
  });
}
