import { join } from "node:path";
import { existsSync, readFileSync } from "node:fs";
import {
  intelRoot,
  parseQuote,
  readReport,
  type TdxCollateral,
  type TdxEvidence,
  type SnpEvidence,
  verifySnp,
  verifyTdx,
} from "@apoc/attestation";
import { toHex } from "@apoc/encoding";
import type { Case } from "./cases.ts";
import { readSnpCase, type SnpCase, snpCaseReference } from "./snp-case.ts";
import { readTdxCase, type TdxCase, tdxCaseReference } from "./tdx-case.ts";

/** One part of accepted evidence, of which every bit can be changed. */
export interface FlipTarget {
  /** Evidence and part: `real/genoa-v3-azure/ok report`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** First byte that is documented padding: from there, changes are accepted. */
  readonly padding: number;
  /** Code of the evidence with these bytes in place of the part: `ACCEPT`, a reason code, or `INCOMPLETE`. */
  verify(bytes: Uint8Array): Promise<string>;
}

/** What flips gave. */
export interface FlipResult {
  readonly name: string;
  readonly flips: number;
  /** Accepted flips in padding: what is expected there. */
  readonly padding: number;
  /** `byte.bit` of accepted flips elsewhere. */
  readonly accepted: readonly string[];
  /** `byte.bit message` of flips that ended in anything but a reason code. */
  readonly untyped: readonly string[];
  readonly codes: Readonly<Record<string, number>>;
}

/**
 * A genuine Genoa VCEK, a Turin VCEK, a Milan VLEK and a Milan VCEK: three cases of the list, and one made of what the
 * report says. Those whose files are missing are left out.
 */
export function snpFlipCases(folder: string, cases: readonly Case[]): SnpCase[] {
  const find = (id: string) => cases.filter((one): one is Case & SnpCase => one.id === id && "report" in one);
  const milan = find("real/milan-v2/ok");
  return [
    ...find("real/genoa-v3-azure/ok"),
    ...milan.flatMap(({ policy }) => turinCase(folder, policy)),
    ...find("real/milan-v3-vlek-aws/ok"),
    ...milan,
  ].filter((one) => existsSync(join(folder, one.report)));
}

function turinCase(folder: string, policy: SnpCase["policy"]): SnpCase[] {
  const path = "snp/turin-v5-anolis";
  if (!existsSync(join(folder, path))) return [];
  const report = readReport(readFileSync(join(folder, path, "report.bin")));
  if (report === undefined) throw new Error(`${path} has no report`);
  const turin: SnpCase = {
    id: "real/turin-v5-anolis",
    report: `${path}/report.bin`,
    vek: `${path}/vcek.der`,
    intermediate: "roots/amd/turin-ask.der",
    ark: "roots/amd/turin-ark.der",
    at: "2026-07-15T00:00:00Z",
    policy: {
      ...policy,
      measurements: [toHex(report.measurement)],
      reportData: toHex(report.reportData),
    },
    expect: "ACCEPT",
  };
  return [turin];
}

/** Report and endorsement key certificate of an SNP case that accepts. */
export function snpTargets(folder: string, one: SnpCase): FlipTarget[] {
  const { evidence } = readSnpCase(folder, one);
  const verify = async (changed: SnpEvidence) => {
    const bound = Uint8Array.from(Buffer.from(one.policy.reportData, "hex"));
    const { checks } = await verifySnp(changed, snpCaseReference(one.policy), bound, new Date(one.at));
    return codeOf(checks);
  };
  const { report, certificates } = evidence;
  return [
    {
      name: `${one.id} report`,
      bytes: report,
      padding: report.length,
      verify: (bytes) => verify({ ...evidence, report: bytes }),
    },
    {
      name: `${one.id} vek`,
      bytes: certificates.vek,
      padding: certificates.vek.length,
      verify: (bytes) => verify({ ...evidence, certificates: { ...certificates, vek: bytes } }),
    },
  ];
}

/**
 * Two genuine quotes with collateral that was valid at a date, under a policy made of what they say. One whose file is
 * missing is left out.
 */
export function tdxFlipCases(folder: string): TdxCase[] {
  return (
    [
      ["v4-phala", "phala-2025-06", "2025-06-20T12:00:00Z"],
      ["v5-google", "phala-2026-02", "2026-02-19T12:00:00Z"],
    ] as const
  ).flatMap(([name, collateral, at]) => {
    const path = `tdx/${name}/quote.bin`;
    if (!existsSync(join(folder, path))) return [];
    const { body } = parseQuote(readFileSync(join(folder, path)));
    const one: TdxCase = {
      id: `real/${name}`,
      quote: path,
      collateral: `tdx/collateral/${collateral}.json`,
      root: "roots/intel/IntelSGXRootCA.der",
      at,
      policy: {
        statuses: ["UpToDate"],
        mrTd: [toHex(body.mrTd)],
        rtmr: Object.fromEntries(body.rtmrs.map((value, index) => [String(index), [toHex(value)]])),
        mrConfigId: toHex(body.mrConfigId),
        mrSeam: toHex(body.mrSeam),
        reportData: toHex(body.reportData),
      },
      expect: "ACCEPT",
    };
    return [one];
  });
}

/** Quote and every part of the collateral of a TDX case that accepts. */
export function tdxTargets(folder: string, one: TdxCase): FlipTarget[] {
  const { evidence, root } = readTdxCase(folder, one);
  const { quote, collateral } = evidence;
  if (collateral === undefined) throw new Error(`${one.id} has no collateral`);
  const reference = tdxCaseReference(one.policy, root);
  if (reference.roots[0]?.sha256 !== intelRoot.sha256) throw new Error(`${one.id} is not genuine`);
  const verify = async (changed: TdxEvidence) => {
    const bound = Uint8Array.from(Buffer.from(one.policy.reportData, "hex"));
    return codeOf((await verifyTdx(changed, reference, bound, new Date(one.at))).checks);
  };
  const part = (name: string, bytes: Uint8Array, put: (bytes: Uint8Array) => TdxCollateral): FlipTarget => ({
    name: `${one.id} ${name}`,
    bytes,
    padding: bytes.length,
    verify: (changed) => verify({ quote, collateral: put(changed) }),
  });
  const documents = (["tcbInfo", "qeIdentity"] as const).flatMap((name) => {
    const document = collateral[name];
    const put = (change: Partial<typeof document>) => ({ ...collateral, [name]: { ...document, ...change } });
    return [
      // As Latin-1, so that each byte is one character and a changed byte a changed character.
      part(name, Buffer.from(document.text, "latin1"), (bytes) =>
        put({ text: Buffer.from(bytes).toString("latin1") }),
      ),
      part(`${name} signature`, document.signature, (signature) => put({ signature })),
      ...document.issuerChain.map((certificate, place) =>
        part(`${name} issuer ${place}`, certificate, (bytes) =>
          put({ issuerChain: document.issuerChain.with(place, bytes) }),
        ),
      ),
    ];
  });
  return [
    {
      name: `${one.id} quote`,
      bytes: quote,
      padding: quote.length - parseQuote(quote).padding,
      verify: (bytes) => verify({ quote: bytes, collateral }),
    },
    part("root CRL", collateral.rootCrl, (rootCrl) => ({ ...collateral, rootCrl })),
    part("PCK CRL", collateral.pckCrl, (pckCrl) => ({ ...collateral, pckCrl })),
    ...documents,
  ];
}

/** Changes one bit after the other, each `step`-th, and verifies every time. */
export async function flipBits(target: FlipTarget, step = 1): Promise<FlipResult> {
  if ((await target.verify(target.bytes)) !== "ACCEPT") throw new Error(`${target.name} is not accepted`);
  const [accepted, untyped]: [string[], string[]] = [[], []];
  const codes: Record<string, number> = {};
  let [flips, padding] = [0, 0];
  for (let bit = 0; bit < target.bytes.length * 8; bit += step) {
    const place = `${bit >> 3}.${bit & 7}`;
    const bytes = Uint8Array.from(target.bytes);
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
    flips += 1;
    try {
      const code = await target.verify(bytes);
      codes[code] = (codes[code] ?? 0) + 1;
      if (code === "INCOMPLETE") untyped.push(`${place} ${code}`);
      if (code !== "ACCEPT") continue;
      if (bit >> 3 >= target.padding) padding += 1;
      else accepted.push(place);
    } catch (error) {
      untyped.push(`${place} ${String(error)}`);
    }
  }
  return { name: target.name, flips, padding, accepted, untyped, codes };
}

function codeOf(checks: {
  readonly affirming: boolean;
  readonly firstFailure: { readonly name: string } | undefined;
}): string {
  return checks.affirming ? "ACCEPT" : (checks.firstFailure?.name ?? "INCOMPLETE");
}
