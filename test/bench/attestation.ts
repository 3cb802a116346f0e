/**
 * Verifies genuine SEV-SNP reports and TDX quotes with collateral, and compares the time with
 *
 * - the floor: the signature operations of that same verification alone, recorded from one run and repeated by OpenSSL
 *   with keys that are already imported; and these with the import of their keys, which no verifier can do without
 *   either. Nothing is parsed, compared or hashed in them but what is signed;
 * - go-sev-guest and go-tdx-guest (test/peers), asked in the same run about the same bytes.
 *
 * All times are of the processor, collector and compiler included, so that what else the machine does does not count.
 * `warm` is the median of repetitions in one process, of apoc, floor and peers alike; floor and apoc take turns. Its
 * lower decile is also given: on a busy machine, other processes empty the processor's caches. apoc
 * remembers what it parsed and the keys that it imported (never a verdict: each repetition verifies every signature), as
 * a verifier does that sees the same platforms again. `uncached` is the same with that memory emptied before each
 * repetition, as for a platform never seen before. `cold` is the first verification of a new process without its start.
 *
 *   node --conditions=apoc-source test/bench/attestation.ts [--json] [--rounds N] [--vectors DIR] [--cases]
 *
 * --cases lists what each peer gets wrong of the given cases instead, and what apoc does.
 */
import { execFile } from "node:child_process";
import crypto from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { type Product, readReport, verifySnp, verifyTdx } from "@apoc/attestation";
import { clearMemos } from "@apoc/attestation/testing";
import { toHex } from "@apoc/encoding";
import { type Case, readCases } from "../conformance/attestation/cases.ts";
import { tdxFlipCases } from "../conformance/attestation/flip.ts";
import { askPeers, buildPeers, canBeAsked, kindOf, peerNames } from "../conformance/attestation/peers.ts";
import { comparePeers } from "../conformance/attestation/peers-cases.ts";
import { readSnpCase, type SnpCase, snpCaseReference } from "../conformance/attestation/snp-case.ts";
import { readTdxCase, type TdxCase, tdxCaseReference } from "../conformance/attestation/tdx-case.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "300" },
    vectors: {
      type: "string",
      default: fileURLToPath(new URL("../../../shared/vectors/attestation", import.meta.url)),
    },
    cases: { type: "boolean", default: false },
    cold: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const folder = values.vectors;
/** Work is done in so many parts, so that verifier, floor and peers see the same moods of the machine. */
const parts = 5;
/** Within a part, apoc and the floor take so many turns. */
const turns = 4;

/** One verification, ready to run. */
interface Subject {
  readonly name: string;
  readonly input: Case;
  /** Signatures that it verifies; a change of this number changes what the floor means. */
  readonly signatures: number;
  readonly verify: () => Promise<boolean>;
}

if (!existsSync(join(folder, "snp-cases.json"))) {
  process.stderr.write(`no vectors in ${folder}: name their folder with --vectors\n`);
  process.exitCode = 2;
} else if (values.cold !== undefined) {
  const subject = subjects().find(({ name }) => name === values.cold);
  if (subject === undefined) throw new Error(`no case ${values.cold}`);
  process.stdout.write(`${await time(subject.verify)}\n`);
} else if (values.cases) await comparePeers(folder, values.json);
else await bench();

/** The verifications that are measured. */
function subjects(): Subject[] {
  const list = readCases(join(folder, "snp-cases.json"));
  const find = (id: string) => list.find((one) => one.id === id) as SnpCase;
  const genoa = find("real/genoa-v3-azure/ok");
  const genuine = (name: string, product: Product, at: string): SnpCase => {
    const path = `snp/${name}`;
    const report = readReport(readFileSync(join(folder, path, "report.bin")))!;
    return {
      ...genoa,
      id: `real/${name}`,
      report: `${path}/report.bin`,
      vek: `${path}/vcek.der`,
      intermediate: `roots/amd/${product.toLowerCase()}-ask.der`,
      ark: `roots/amd/${product.toLowerCase()}-ark.der`,
      at,
      policy: {
        ...genoa.policy,
        measurements: [toHex(report.measurement)],
        reportData: toHex(report.reportData),
      },
    };
  };
  const [v4, v5] = tdxFlipCases(folder) as [TdxCase, TdxCase];
  // Its guest is in debug mode: the only genuine quote here that go-tdx-guest takes with its collateral.
  const debug = readCases(join(folder, "tdx-cases.json")).find(
    ({ id }) => id === "real/v4-debug-trustee",
  ) as TdxCase;
  return [
    snp("snp v3 VCEK Genoa", genoa, 4),
    snp("snp v5 VCEK Genoa", genuine("genoa-v5-oak", "Genoa", "2025-09-01T00:00:00Z"), 4),
    snp("snp v5 VCEK Turin", genuine("turin-v5-anolis", "Turin", "2026-07-15T00:00:00Z"), 4),
    snp("snp v3 VLEK Milan", find("real/milan-v3-vlek-aws/ok"), 4),
    snp("snp v3 with CRL (dev)", find("dev/v3-ok"), 5),
    tdx("tdx v4 with collateral", v4, 9),
    tdx("tdx v4 with collateral (debug)", { ...debug, policy: { ...debug.policy, allowDebug: true } }, 9),
    tdx("tdx v5 with collateral", v5, 9),
  ];
}

function snp(name: string, one: SnpCase, signatures: number): Subject {
  const { evidence } = readSnpCase(folder, one);
  const [reference, at] = [snpCaseReference(one.policy), new Date(one.at)];
  const bound = Uint8Array.from(Buffer.from(one.policy.reportData, "hex"));
  const verify = async () => (await verifySnp(evidence, reference, bound, at)).checks.affirming;
  return { name, input: { ...one, kind: "snp" }, signatures, verify };
}

function tdx(name: string, one: TdxCase, signatures: number): Subject {
  const { evidence, root } = readTdxCase(folder, one);
  const [reference, at] = [tdxCaseReference(one.policy, root), new Date(one.at)];
  const bound = Uint8Array.from(Buffer.from(one.policy.reportData, "hex"));
  const verify = async () => (await verifyTdx(evidence, reference, bound, at)).checks.affirming;
  return { name, input: { ...one, kind: "tdx" }, signatures, verify };
}

async function bench(): Promise<void> {
  const peers = await buildPeers();
  if ("missing" in peers) process.stderr.write(`without peers: ${peers.missing}\n`);
  for (const subject of subjects()) await measure(subject, "program" in peers ? peers.program : undefined);
}

async function measure(subject: Subject, program: string | undefined): Promise<void> {
  const { name, input, signatures, verify } = subject;
  const floor = await recordOperations(verify);
  if (floor.count !== signatures)
    throw new Error(`${name}: ${floor.count} signatures were verified, not ${signatures}`);
  const cold = await coldTime(name);

  const [ours, unseen, floors, keyed, theirs] = Array.from({ length: 5 }, (): number[] => []) as Lists;
  for (let i = 0; i < rounds; i++) await verify();
  for (let part = 0; part < parts; part++) {
    for (let turn = 0; turn < turns; turn++) {
      const repeat = async (list: number[], work: () => unknown, prepare = () => {}) => {
        for (let i = 0; i < rounds / parts / turns; i++) {
          prepare();
          list.push(await time(work));
        }
      };
      await repeat(floors, floor.signatures);
      await repeat(ours, verify);
      await repeat(keyed, floor.withKeys);
      await repeat(unseen, verify, clearMemos);
    }
    if (program !== undefined && canBeAsked(input)) {
      const [answer] = await askPeers(program, folder, [input], Math.ceil(rounds / parts));
      if (answer?.verdict === "accept") theirs.push(...answer.microseconds.map((each) => each / 1000));
      else if (part === 0 && !values.json)
        process.stderr.write(`${peerNames[kindOf(input)]} ${answer?.verdict}s it: ${answer?.reason}\n`);
    }
  }
  const [our, uncached, low] = [median(ours), median(unseen), median(floors)];
  const floorName = `floor of ${signatures} signatures`;
  report("warm", name, our, "ms", floorName, low);
  report("warm, lower decile", name, quantile(ours, 0.1), "ms", floorName, quantile(floors, 0.1));
  report("uncached", name, uncached, "ms", floorName, low);
  report("uncached", name, uncached, "ms", "the same with the import of their keys", median(keyed));
  if (theirs.length > 0) report("warm", name, our, "ms", peerNames[kindOf(input)], median(theirs));
  report("cold", name, cold, "ms", "warm", our);
  report("throughput", name, await perCoreSecond(verify), "verifications per second of processor time");
}

type Lists = [ours: number[], unseen: number[], floors: number[], keyed: number[], theirs: number[]];

/** The operations of OpenSSL in one verification, ready to be repeated. */
interface Recorded {
  readonly count: number;
  /** Its signatures, with the keys that it has imported. */
  readonly signatures: () => void;
  /** The same, and the imports of keys. */
  readonly withKeys: () => void;
}

async function recordOperations(verify: () => Promise<boolean>): Promise<Recorded> {
  const original = { verify: crypto.verify, createPublicKey: crypto.createPublicKey };
  const checked: Parameters<typeof crypto.verify>[] = [];
  const imported: Parameters<typeof crypto.createPublicKey>[] = [];
  const recorder = {
    verify: (...call: Parameters<typeof crypto.verify>) => {
      checked.push(call);
      return original.verify(...call);
    },
    createPublicKey: (...call: Parameters<typeof crypto.createPublicKey>) => {
      imported.push(call);
      return original.createPublicKey(...call);
    },
  };
  clearMemos();
  Object.assign(crypto, recorder);
  syncBuiltinESMExports();
  try {
    if (!(await verify())) throw new Error("the evidence is not accepted");
  } finally {
    Object.assign(crypto, original);
    syncBuiltinESMExports();
  }
  const signatures = () => {
    for (const call of checked)
      if (!(original.verify(...call) as unknown)) throw new Error("a signature does not hold");
  };
  const withKeys = () => {
    for (const call of imported) original.createPublicKey(...call);
    signatures();
  };
  return { count: checked.length, signatures, withKeys };
}

/** Milliseconds of the processor for the first verification of a new process: the best of three processes. */
async function coldTime(name: string): Promise<number> {
  const file = fileURLToPath(import.meta.url);
  const options = [...process.execArgv, file, "--vectors", folder, "--cold", name];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, options);
    best = Math.min(best, Number(stdout));
  }
  return best;
}

/** By the processor time of the whole process, collector and compiler included: other programs do not count. */
async function perCoreSecond(verify: () => Promise<boolean>): Promise<number> {
  const start = process.cpuUsage();
  let used = 0;
  let count = 0;
  do {
    for (let i = 0; i < 50; i++) await verify();
    count += 50;
    const { user, system } = process.cpuUsage(start);
    used = (user + system) / 1e6;
  } while (used < 0.7);
  return count / used;
}

/** Milliseconds of the processor, in all threads of the process. */
async function time(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  if ((await work()) === false) throw new Error("the evidence is not accepted");
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function median(list: readonly number[]): number {
  return quantile(list, 0.5);
}

function quantile(list: readonly number[], part: number): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length * part)]!;
}

function report(
  what: string,
  name: string,
  value: number,
  unit: string,
  peer: string | null = null,
  peerValue: number | null = null,
): void {
  const ratio = peerValue === null ? null : round(value / peerValue);
  if (values.json) {
    const line = { bench: "attestation", case: `${name}, ${what}`, value: round(value), unit, peer };
    process.stdout.write(`${JSON.stringify({ ...line, peerValue: peerValue && round(peerValue), ratio })}\n`);
  } else {
    const versus = peerValue === null ? "" : `; ${peer} ${round(peerValue)} ${unit}: ${ratio}x`;
    process.stdout.write(`${name}, ${what}: ${round(value)} ${unit}${versus}\n`);
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
