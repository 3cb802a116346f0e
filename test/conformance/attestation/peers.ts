import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { products } from "@apoc/attestation";
import type { Case } from "./cases.ts";
import { readSnpCase, type SnpCase } from "./snp-case.ts";
import { readTdxCase, type TdxCase } from "./tdx-case.ts";

/** Versions that test/peers/go.mod pins, by kind of case. */
export const peerNames = { snp: peerName("go-sev-guest"), tdx: peerName("go-tdx-guest") } as const;

/** What a peer answers to a case. */
export interface PeerAnswer {
  readonly id: string;
  readonly verdict: "accept" | "reject" | "panic";
  readonly reason?: string;
  /** Processor time of each round. */
  readonly microseconds: readonly number[];
}

/** Path of the built program, or why there is none. */
export async function buildPeers(): Promise<{ readonly program: string } | { readonly missing: string }> {
  const script = fileURLToPath(new URL("../../../scripts/peers.sh", import.meta.url));
  try {
    return { program: (await promisify(execFile)(script, ["attestation"])).stdout.trim() };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return { missing: (stderr ?? String(error)).trim().split("\n").at(-1) ?? "unknown" };
  }
}

/** Kind of a case; lists written before there were two kinds do not name it. */
export function kindOf(one: Case): "snp" | "tdx" {
  return "quote" in one ? "tdx" : "snp";
}

/**
 * Whether a peer can be asked about a case at all. go-sev-guest demands AMD's names in every certificate, so that it
 * refuses all evidence under a development root before it looks at anything else.
 */
export function canBeAsked(one: Case): boolean {
  return "quote" in one || !one.ark.startsWith("snp-dev/");
}

/** Asks the peers about cases, each `rounds` times, one after the other in one process. */
export async function askPeers(
  program: string,
  folder: string,
  cases: readonly Case[],
  rounds = 1,
): Promise<PeerAnswer[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  for (const one of cases) child.stdin.write(`${JSON.stringify(request(folder, one, rounds))}\n`);
  child.stdin.end();
  const answers: PeerAnswer[] = [];
  for await (const line of createInterface({ input: child.stdout }))
    answers.push(JSON.parse(line) as PeerAnswer);
  const code = await ended;
  if (code !== 0 || answers.length !== cases.length)
    throw new Error(`test/peers ended with ${code} after ${answers.length} of ${cases.length} cases`);
  return answers;
}

function request(folder: string, one: Case, rounds: number): object {
  const { id, at } = one;
  return "quote" in one
    ? { id, at, rounds, kind: "tdx", tdx: tdxRequest(folder, one) }
    : { id, at, rounds, kind: "snp", snp: snpRequest(folder, one) };
}

function snpRequest(folder: string, one: SnpCase): object {
  const { report, certificates, crl } = readSnpCase(folder, one).evidence;
  const { policy } = one;
  const product = products.find((name) => one.ark.endsWith(`${name.toLowerCase()}-ark.der`));
  const [hostData] = [policy.hostData ?? []].flat();
  return {
    report: base64(report),
    vek: base64(certificates.vek),
    intermediate: base64(certificates.intermediate),
    ark: base64(certificates.root),
    ...(crl && { crl: base64(crl) }),
    revocation: policy.crl === "required",
    allowSmt: policy.allowSmt ?? false,
    allowDebug: policy.allowDebug ?? false,
    allowMigration: policy.allowMigration ?? false,
    provisional: policy.provisional ?? false,
    requireAlias: policy.requireAlias ?? false,
    vmpl: policy.vmpl,
    minGuestSvn: policy.minGuestSvn ?? 0,
    minTcb: (product && policy.minTcb?.[product]) ?? {},
    minLaunchTcb: (product && policy.minLaunchTcb?.[product]) ?? {},
    measurements: (policy.measurements ?? []).map(hexToBase64),
    ...(hostData !== undefined && { hostData: hexToBase64(hostData) }),
    reportData: hexToBase64(policy.reportData),
  };
}

function tdxRequest(folder: string, one: TdxCase): object {
  const { evidence, root } = readTdxCase(folder, one);
  const { policy } = one;
  const rtmrs = [0, 1, 2, 3].map((index) => policy.rtmr?.[String(index)]?.[0]);
  return {
    quote: base64(evidence.quote),
    root: base64(root),
    ...(policy.collateral === "off" || !evidence.collateral ? {} : { collateral: collateral(folder, one) }),
    mrTd: [policy.mrTd ?? []].flat().map(hexToBase64),
    ...(rtmrs.every((value) => value !== undefined) && { rtmrs: rtmrs.map((value) => hexToBase64(value!)) }),
    reportData: hexToBase64(policy.reportData),
  };
}

/** Collateral as Intel's service would send it: text where it sends text. */
function collateral(folder: string, one: TdxCase): object {
  const { collateral: parsed } = readTdxCase(folder, one).evidence;
  const path = join(folder, one.override?.["collateral"] ?? one.collateral ?? "");
  const file = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  const text = (name: string) => one.override?.[name] ?? file[name] ?? "";
  const { rootCrl, pckCrl, tcbInfo, qeIdentity } = parsed!;
  return {
    rootCrl: base64(rootCrl),
    pckCrl: base64(pckCrl),
    pckCrlIssuerChain: text("pck_crl_issuer_chain"),
    tcbInfoIssuerChain: text("tcb_info_issuer_chain"),
    tcbInfo: tcbInfo.text,
    tcbInfoSignature: Buffer.from(tcbInfo.signature).toString("hex"),
    qeIdentityIssuerChain: text("qe_identity_issuer_chain"),
    qeIdentity: qeIdentity.text,
    qeIdentitySignature: Buffer.from(qeIdentity.signature).toString("hex"),
  };
}

function peerName(name: string): string {
  const module = readFileSync(new URL("../../peers/go.mod", import.meta.url), "utf8");
  const version = new RegExp(`/${name} v([0-9.]+)`).exec(module)?.[1];
  if (version === undefined) throw new Error(`test/peers/go.mod does not name ${name}`);
  return `${name} ${version}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function hexToBase64(text: string): string {
  return Buffer.from(text, "hex").toString("base64");
}
