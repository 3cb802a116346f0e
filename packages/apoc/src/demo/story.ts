import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { payingChannel } from "@apoc/client";
import { deploymentFiles } from "@apoc/client/node";
import { formatAmount, type PodIdentity } from "@apoc/core";
import { testToken } from "@apoc/devnet/chain";
import { copy, RemoteRepository } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import type { Hex } from "viem";
import { askPod, expectedAnswer } from "./ask-pod.ts";
import type { Narrator } from "./narrator.ts";
import type { RoleName, Stage } from "./stage.ts";

/** Balances by account, base units. */
export type Balances = Readonly<Record<RoleName | "channel", bigint>>;

/** The pod that the publisher deploys. */
export interface DeployedPod extends PodIdentity {
  readonly name: string;
  /** Id of the channel that pays. */
  readonly channel: Hex;
  readonly address: string;
}

const ledgerLicense = `# 25 tokens once, and 10 % of what the provider takes
offers:
  - oneTime: 25.00
    executionShare: 10 %
policy:
  args: true
`;

const readerLicense = `# 18 tokens an hour
offers:
  - perHour: 18.00
`;

/** Step 1: two developers publish one image each. */
export async function publishImages(
  stage: Stage,
  tell: Narrator,
): Promise<{ ledger: string; reader: string }> {
  const publish = async (name: "ada" | "ben", program: "ledger" | "reader", license: string) => {
    const role = stage.roles[name];
    const licenseFile = join(role.directory, "license.yaml");
    await writeFile(licenseFile, license);
    const to = `${stage.registry.host}/${name}/${program}:1.0`;
    const { stdout } = await tell.run(role, [
      "dev",
      "publish",
      stage.programs[program].layout,
      "--to",
      to,
      "--license",
      licenseFile,
    ]);
    return stdout.trim();
  };
  return {
    ledger: await publish("ada", "ledger", ledgerLicense),
    reader: await publish("ben", "reader", readerLicense),
  };
}

/** Step 2: both attest the provider and grant it their image. */
export async function attestAndGrant(
  stage: Stage,
  tell: Narrator,
  images: { ledger: string; reader: string },
): Promise<void> {
  for (const [name, image] of [
    ["ada", images.ledger],
    ["ben", images.reader],
  ] as const) {
    const role = stage.roles[name];
    await tell.run(role, ["dev", "attest", stage.provider.url]);
    await tell.run(role, ["dev", "grant", image, "--provider", stage.provider.url]);
  }
}

/** The publisher pushes an image of its own, as with any OCI tool. */
export async function pushOwnImage(stage: Stage): Promise<string> {
  const reference = `${stage.registry.host}/pia/web:1.0`;
  const target = new RemoteRepository({ reference });
  await copy(await openLayout(stage.programs.web), "latest", target, { tags: ["1.0"] });
  return reference;
}

/** Writes the pod's manifest: two licensed images beside an own one. */
export async function writeManifest(
  stage: Stage,
  images: { ledger: string; reader: string; web: string },
  change: { ledgerCommand?: string[] } = {},
) {
  const file = join(
    stage.roles.pia.directory,
    change.ledgerCommand === undefined ? "pod.yaml" : "pod-changed.yaml",
  );
  const limits = "resources: { limits: { cpu: 100m, memory: 32Mi } }";
  const command =
    change.ledgerCommand === undefined ? "" : `\n      command: ${JSON.stringify(change.ledgerCommand)}`;
  await writeFile(
    file,
    `apiVersion: v1
kind: Pod
metadata: { name: books }
spec:
  containers:
    - name: web
      image: ${images.web}
      ports: [{ name: http, containerPort: 8080 }]
      ${limits}
    - name: ledger
      image: ${images.ledger}${command}
      args: ["9001"]
      ${limits}
    - name: reader
      image: ${images.reader}
      ${limits}
`,
  );
  return file;
}

/** Step 3: the publisher deploys the pod: attestation, price, one transaction. */
export async function deployPod(stage: Stage, tell: Narrator, manifest: string): Promise<DeployedPod> {
  const { pia } = stage.roles;
  const { stdout } = await tell.run(pia, [
    "pod",
    "deploy",
    manifest,
    "--provider",
    stage.provider.url,
    "--for",
    "1h",
    "--yes",
    "--max-total",
    "60",
  ]);
  const [name, podId, address] = stdout.trim().split(/\s+/);
  const records = await deploymentFiles(join(pia.directory, "data", "pods")).list();
  const deployment = records.find((record) => record.podId === podId)!;
  const { publisher } = deployment;
  return {
    name: name!,
    publisher,
    podId: deployment.podId,
    channel: payingChannel(deployment).id,
    address: address!,
  };
}

/** Seconds that the programs get to begin listening once their containers run. */
const startSeconds = 15;

/** Step 4: the pod answers; only the two licensed programs can have computed the answer. */
export async function usePod(
  stage: Stage,
  pod: DeployedPod,
): Promise<{ query: string; answer: string; expected: string }> {
  const query = randomBytes(8).toString("hex");
  const expected = expectedAnswer(stage.programs, query);
  let answer = "";
  for (const end = Date.now() + startSeconds * 1000; answer !== expected && Date.now() < end; ) {
    const { body } = await askPod(pod.address, query);
    if (answer !== "") await sleep(250);
    answer = body;
  }
  return { query, answer, expected };
}

/** Step 5: the provider claims and withdraws; developer 2 withdraws before developer 1. */
export async function settle(
  stage: Stage,
  tell: Narrator,
): Promise<{ start: Balances; afterProvider: Balances; afterBen: Balances; afterAda: Balances }> {
  const { sofia, ben, ada } = stage.roles;
  const start = (await stage.balances()).of;
  await tell.run(sofia, ["provider", "claim", "--all", "--config", stage.provider.configFile]);
  await tell.run(sofia, ["provider", "withdraw", "--all", "--yes", "--config", stage.provider.configFile]);
  const afterProvider = (await stage.balances()).of;
  await tell.run(ben, ["dev", "withdraw", "--all", "--yes"]);
  const afterBen = (await stage.balances()).of;
  await tell.run(ada, ["dev", "withdraw", "--all", "--yes"]);
  return { start, afterProvider, afterBen, afterAda: (await stage.balances()).of };
}

/** Lets some seconds of the chain pass. */
export function passTime(seconds: number, signal?: AbortSignal): Promise<void> {
  return sleep(seconds * 1000, undefined, { signal });
}

/** A table of balances with its sum, which is the token's supply. */
export function balanceTable(columns: Readonly<Record<string, Balances>>, supply: bigint): string {
  const titles = Object.keys(columns);
  const rows = (["ada", "ben", "sofia", "pia", "channel"] as const).map((name) => [
    label(name),
    ...titles.map((title) => formatAmount(columns[title]![name], testToken.decimals)),
  ]);
  const sum = (balances: Balances) => Object.values(balances).reduce((total, value) => total + value, 0n);
  rows.push(["sum", ...titles.map((title) => formatAmount(sum(columns[title]!), testToken.decimals))]);
  const all = [["", ...titles], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map(
    (row) =>
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("   ")}`,
  );
  return `${lines.join("\n")}\n  supply of ${testToken.symbol}: ${formatAmount(supply, testToken.decimals)}`;
}

function label(name: RoleName | "channel"): string {
  const parts = {
    ada: "developer",
    ben: "developer",
    sofia: "provider",
    pia: "publisher",
    channel: "contract",
  };
  return `${name} (${parts[name]})`;
}
