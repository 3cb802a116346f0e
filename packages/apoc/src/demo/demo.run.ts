import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import { findEngineSocket } from "@apoc/provider/engine";
import type { Context, RunResult } from "@apoc/terminal";
import { forgeExtraLayer, leaveDeveloperOut } from "./attacks.ts";
import { createNarrator, type Narrator } from "./narrator.ts";
import { openRoleAccount, providerKeyOf } from "./role-account.ts";
import { setStage, type Stage } from "./stage.ts";
import {
  attestAndGrant,
  type Balances,
  balanceTable,
  deployPod,
  passTime,
  publishImages,
  pushOwnImage,
  settle,
  usePod,
  writeManifest,
} from "./story.ts";

interface Input {
  readonly options: {
    readonly dir: string | undefined;
    readonly tools: string | undefined;
    readonly seconds: number;
  };
}

/** Runs `apoc demo`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const began = Date.now();
  const engine = await findEngineSocket(ctx.env);
  const directory = await realpath(await mkdtemp(join(options.dir ?? tmpdir(), "apoc-demo-")));
  const paint = ctx.flags.color
    ? (text: string) => styleText("bold", text, { stream: ctx.io.stderr as NodeJS.WriteStream })
    : undefined;
  const tell = createNarrator(ctx.io.stderr, directory, { paint, signal: ctx.signal });
  let result: DemoResult;
  try {
    tell.say(`Playing in ${directory} with ${engine.name} ${engine.version}.`);
    tell.say("Starting a chain, a registry, a development TEE and a provider…");
    await using stage = await setStage({
      directory,
      engineSocket: engine.socket,
      ...(options.tools === undefined ? {} : { toolsDirectory: options.tools }),
    });
    result = await play(stage, tell, options.seconds, ctx.signal);
    tell.chapter("The end");
    tell.say("Stopping everything.");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const seconds = Math.round((Date.now() - began) / 1000);
  ctx.output.result({ ...result, seconds }, summary(result, seconds));
  ctx.signal.throwIfAborted();
}

/** What the demo printed as its result. */
interface DemoResult {
  readonly before: Balances;
  readonly after: Balances;
  readonly supply: bigint;
  readonly refusals: Readonly<Record<string, string>>;
}

async function play(stage: Stage, tell: Narrator, seconds: number, signal: AbortSignal): Promise<DemoResult> {
  const before = await stage.balances();
  tell.chapter("Two developers publish");
  tell.say(
    "Ada sells a ledger: 25 once and 10 % of what the provider takes. Ben sells a reader: 18 an hour.",
  );
  tell.say(
    "Their images are encrypted layer by layer; the license is in the manifest, so the digest covers it.",
  );
  const licensed = await publishImages(stage, tell);

  tell.chapter("Both attest the provider and grant it the image key");
  tell.say("They decide beforehand where their software may run. From here on they are offline.");
  await attestAndGrant(stage, tell, licensed);

  tell.chapter("Pia deploys one pod: both licensed images and one of her own");
  const images = { ...licensed, web: await pushOwnImage(stage) };
  tell.say(`She has pushed her own image, unencrypted, as ${images.web}.`);
  const manifest = await writeManifest(stage, images);
  const pod = await deployPod(stage, tell, manifest);

  tell.chapter("The pod answers");
  const { query, answer, expected } = await usePod(stage, pod);
  tell.say(`GET ${pod.address}cgi-bin/books?${query}`.replace(/([^/])cgi-bin/, "$1/cgi-bin"));
  tell.say(answer.replace(/^(?=.)/gm, "    "));
  if (answer !== expected) throw new Error(`the pod answered\n${answer}\ninstead of\n${expected}`);
  tell.say(
    "Each line is sha256(query:secret) with a secret that only the encrypted image holds: both programs ran.",
  );
  await tell.run(stage.roles.pia, ["pod", "status", "books"]);

  tell.chapter("Time passes; everybody is paid, each without the others");
  await passTime(seconds, signal);
  const paid = await settle(stage, tell);
  const { supply } = await stage.balances();
  tell.say(
    `\n${balanceTable({ before: before.of, "after deploy": paid.start, "provider paid": paid.afterProvider, "ben paid": paid.afterBen, "ada paid": paid.afterAda }, supply)}`,
  );
  assertConserved([paid.start, paid.afterProvider, paid.afterBen, paid.afterAda], supply);

  tell.chapter("Three attacks are refused");
  const refusals = await attack(stage, tell, images, manifest);

  tell.chapter("Pia closes the pod");
  await tell.run(stage.roles.pia, ["pod", "close", "books", "--yes"]);
  tell.say(
    "\nThe pod is gone, the provider has taken its last payment and ended the channel: the rest is hers.",
  );
  const after = await stage.balances();
  assertConserved([after.of], after.supply);
  return { before: before.of, after: after.of, supply: after.supply, refusals };
}

async function attack(
  stage: Stage,
  tell: Narrator,
  images: { ledger: string; reader: string; web: string },
  manifest: string,
) {
  const { pia } = stage.roles;
  tell.say(
    "Extra layer: Ada's image with one more encrypted layer, her license, and the provider's genuine grant.",
  );
  const forged = await forgeExtraLayer(images.ledger, await providerKeyOf(stage));
  const forgedManifest = await writeManifest(stage, { ...images, ledger: forged });
  const extra = await tell.run(
    pia,
    ["pod", "quote", forgedManifest, "--provider", stage.provider.url, "--for", "1h"],
    6,
  );
  await writeManifest(stage, images);

  tell.say("\nChanged entrypoint: the running pod is updated to run a shell command in Ada's container.");
  const changed = await writeManifest(stage, images, {
    ledgerCommand: ["/bin/busybox", "cat", "/app/secret"],
  });
  const entrypoint = await tell.run(pia, ["pod", "update", "books", changed], 6);

  tell.say("\nA developer left out: a modified client asks for the pod on a channel without payees.");
  const refusal = await leaveDeveloperOut(
    stage,
    await readFile(manifest, "utf8"),
    await openRoleAccount(pia),
  );
  tell.say(`    ${refusal.code}: ${refusal.message}`);
  return {
    extraLayer: codeIn(extra.stderr + extra.stdout),
    changedEntrypoint: codeIn(entrypoint.stderr),
    developerLeftOut: refusal.code,
  };
}

function codeIn(text: string): string {
  return /APOC-\d{4}/.exec(text)?.[0] ?? "none";
}

function assertConserved(all: readonly Balances[], supply: bigint): void {
  for (const balances of all) {
    const sum = Object.values(balances).reduce((total, value) => total + value, 0n);
    if (sum !== supply) throw new Error(`balances add up to ${sum}, the supply is ${supply}`);
  }
}

function summary({ before, after, supply, refusals }: DemoResult, seconds: number): string {
  const refused = Object.entries(refusals).map(([name, code]) => `  ${name.padEnd(18)} refused with ${code}`);
  return [balanceTable({ before, after }, supply), ...refused, `The whole story took ${seconds} s.`].join(
    "\n",
  );
}
