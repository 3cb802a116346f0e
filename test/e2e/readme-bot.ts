import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Deployment } from "@apoc/client";
import { deploymentFiles } from "@apoc/client/node";
import { repository } from "../import-graph.ts";
import type { DemoStage } from "./open-stage.ts";

const run = promisify(execFile);

/** What the bot of packages/client/README.md left behind. */
export interface BotRun {
  /** Its lines of code. */
  readonly lines: number;
  readonly stdout: string;
  /** Types of the events that it was told of. */
  readonly events: readonly string[];
  readonly records: readonly Deployment[];
}

/** Runs the bot, as the README has it, with the wallet of the story's publisher. */
export async function runReadmeBot({ stage }: DemoStage, manifest: string): Promise<BotRun> {
  const { pia } = stage.roles;
  const config = join(pia.directory, "config");
  // Below the repository, so that the bot's imports resolve.
  await mkdir(join(repository, ".apoc"), { recursive: true });
  const folder = await mkdtemp(join(repository, ".apoc", "bot-"));
  try {
    const text = await readBot();
    await writeFile(join(folder, "bot.ts"), text);
    const [wallet] = await readdir(join(config, "wallets"));
    await cp(join(config, "wallets", wallet!), join(folder, "wallet.json"));
    await cp(join(config, "trust-policy.yaml"), join(folder, "trust-policy.yaml"));
    await cp(manifest, join(folder, "pod.yaml"));
    const env = {
      PATH: process.env["PATH"],
      RPC_URL: stage.chain.url,
      CHANNEL_CONTRACT: stage.contracts.paymentChannel,
      TOKEN: stage.contracts.token,
      PROVIDER: stage.provider.url,
      PASSWORD: (await readFile(join(pia.directory, "password"), "utf8")).trimEnd(),
    };
    const options = { cwd: folder, env };
    const { stdout, stderr } = await run(process.execPath, ["--conditions=apoc-source", "bot.ts"], options);
    return {
      lines: text.trimEnd().split("\n").length,
      stdout,
      events: stderr.trim().split("\n"),
      records: await deploymentFiles(join(folder, "bot-data", "pods")).list(),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readBot(): Promise<string> {
  const readme = await readFile(join(repository, "packages/client/README.md"), "utf8");
  const [bot, ...others] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text ?? "");
  if (bot === undefined || others.length > 0) throw new Error("the README has not exactly one program");
  return bot;
}
