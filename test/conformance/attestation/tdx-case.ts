import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AcceptedDigests,
  intelRoot,
  type SignedJson,
  type TcbStatus,
  type TdxCollateral,
  type TdxReferenceValues,
  type TdxVerdict,
  verifyTdx,
} from "@apoc/attestation";
import { readPemBlocks, toHex } from "@apoc/encoding";
import { casePolicy } from "./case-policy.ts";
import { bytesOfHex, mutate, type Mutation } from "./mutation.ts";

/** One case of a machine-readable list of TDX cases; paths are relative to a root folder. */
export interface TdxCase {
  readonly id: string;
  readonly quote: string;
  /** JSON object of texts: lists and signatures in hexadecimal, chains in PEM, documents as they were signed. */
  readonly collateral?: string | null;
  /** DER certificate of the only root that is accepted. */
  readonly root: string;
  readonly at: string;
  /** `quote`, `collateral` and `root` are paths; other names are members of the collateral, given literally. */
  readonly override?: Readonly<Record<string, string>> | null;
  readonly mutate?: readonly Mutation[] | null;
  readonly policy: TdxCasePolicy;
  /** `ACCEPT` or a reason code. */
  readonly expect: string;
}

/** The policy of a case, by the names that cases use. */
export interface TdxCasePolicy {
  readonly statuses?: readonly TcbStatus[];
  readonly mrTd?: string | readonly string[] | null;
  readonly rtmr?: Readonly<Record<string, readonly string[]>> | null;
  readonly mrConfigId?: string | readonly string[] | null;
  readonly mrSeam?: string | readonly string[] | null;
  readonly minEvalNum?: number | null;
  /** The same, by the name of the trust policy. */
  readonly minEvaluationNumber?: number | null;
  readonly collateral?: "off" | "required";
  readonly quoteVersions?: readonly number[];
  readonly allowedAdvisories?: readonly string[] | null;
  readonly development?: boolean;
  readonly allowDebug?: boolean;
  readonly allowSeptVe?: boolean;
  readonly allowSeptVeEnabled?: boolean;
  readonly allowPerfmon?: boolean;
  readonly allowServiceTd?: boolean;
  /** The same as those above, by the names of the trust policy. */
  readonly allow?: Partial<TdxReferenceValues["allow"]>;
  readonly reportData: string;
}

const policyKeys: readonly (keyof TdxCasePolicy)[] = [
  "statuses",
  "mrTd",
  "rtmr",
  "mrConfigId",
  "mrSeam",
  "minEvalNum",
  "minEvaluationNumber",
  "collateral",
  "quoteVersions",
  "allowedAdvisories",
  "development",
  "allowDebug",
  "allowSeptVe",
  "allowSeptVeEnabled",
  "allowPerfmon",
  "allowServiceTd",
  "allow",
  "reportData",
];
const fileNames = ["quote", "collateral", "root"] as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Runs one case: reads its files, changes them, verifies them at its date. Gives the verdict and its code. */
export async function runTdxCase(
  folder: string,
  tdxCase: TdxCase,
): Promise<{ code: string; verdict: TdxVerdict }> {
  const { evidence, root } = readTdxCase(folder, tdxCase);
  const verdict = await verifyTdx(
    evidence,
    tdxCaseReference(tdxCase.policy, root),
    bytesOfHex(tdxCase.policy.reportData),
    new Date(tdxCase.at),
  );
  const { firstFailure, affirming } = verdict.checks;
  return { code: affirming ? "ACCEPT" : (firstFailure?.name ?? "INCOMPLETE"), verdict };
}

/** The bytes of a case, changed as it says. */
export function readTdxCase(
  folder: string,
  { id, override, mutate: mutations, ...paths }: TdxCase,
): { evidence: { quote: Uint8Array; collateral?: TdxCollateral }; root: Uint8Array } {
  const file = (name: (typeof fileNames)[number]) => {
    const path = override?.[name] ?? paths[name];
    return typeof path === "string" ? Uint8Array.from(readFileSync(join(folder, path))) : undefined;
  };
  let quote = file("quote") ?? new Uint8Array();
  const root = file("root") ?? new Uint8Array();
  const collateral = file("collateral");
  const members: Record<string, string> = {
    ...(collateral && (JSON.parse(decoder.decode(collateral)) as Record<string, string>)),
    ...Object.fromEntries(
      Object.entries(override ?? {}).filter(([name]) => !fileNames.some((own) => own === name)),
    ),
  };
  for (const mutation of mutations ?? []) {
    const { target } = mutation;
    const text = members[target];
    if (target === "quote") quote = Uint8Array.from(mutate(quote, mutation));
    else if (text === undefined) throw new Error(`${id}: nothing to change at ${target}`);
    else if (isHex(target)) members[target] = toHex(mutate(bytesOfHex(text), mutation));
    else members[target] = decoder.decode(mutate(encoder.encode(text), mutation));
  }
  return {
    evidence: collateral === undefined ? { quote } : { quote, collateral: tdxCollateral(members) },
    root,
  };
}

/** Collateral in the form that the verifier takes; what is missing or cannot be decoded is empty. */
export function tdxCollateral(members: Readonly<Record<string, string>>): TdxCollateral {
  const document = (name: string): SignedJson => ({
    text: members[name] ?? "",
    signature: bytesOfHex(members[`${name}_signature`] ?? ""),
    issuerChain: certificates(members[`${name}_issuer_chain`] ?? ""),
  });
  return {
    rootCrl: bytesOfHex(members["root_ca_crl"] ?? ""),
    pckCrl: bytesOfHex(members["pck_crl"] ?? ""),
    tcbInfo: document("tcb_info"),
    qeIdentity: document("qe_identity"),
  };
}

/** The policy of a case in the verifier's own terms; what a case does not name is permitted to reach its code. */
export function tdxCaseReference(given: TdxCasePolicy, root: Uint8Array): TdxReferenceValues {
  const policy = casePolicy<TdxCasePolicy>(given, policyKeys);
  const sha256 = createHash("sha256").update(root).digest("hex");
  const development = sha256 !== intelRoot.sha256;
  const list = (value: string | readonly string[] | null | undefined): AcceptedDigests =>
    value === undefined || value === null ? null : [value].flat();
  const rtmr = (index: number) => list(policy.rtmr?.[String(index)]);
  return {
    roots: [{ sha256, development, collateral: policy.collateral === "off" ? "none" : "required" }],
    development: policy.development ?? development,
    quoteVersions: policy.quoteVersions ?? [4, 5],
    statuses: policy.statuses ?? ["UpToDate"],
    allowedAdvisories: policy.allowedAdvisories ?? null,
    minEvaluationNumber: policy.minEvalNum ?? policy.minEvaluationNumber ?? 0,
    mrTd: list(policy.mrTd),
    rtmrs: [rtmr(0), rtmr(1), rtmr(2), rtmr(3)],
    events: [],
    mrConfigId: list(policy.mrConfigId),
    mrSeam: list(policy.mrSeam),
    allow: {
      debug: policy.allow?.debug ?? policy.allowDebug === true,
      septVeEnabled:
        policy.allow?.septVeEnabled ?? (policy.allowSeptVe ?? policy.allowSeptVeEnabled) === true,
      perfmon: policy.allow?.perfmon ?? policy.allowPerfmon === true,
      serviceTd: policy.allow?.serviceTd ?? policy.allowServiceTd === true,
    },
  };
}

function isHex(name: string): boolean {
  return name.endsWith("_crl") || name.endsWith("_signature");
}

function certificates(pem: string): readonly Uint8Array[] {
  try {
    return readPemBlocks(pem, "CERTIFICATE", 8);
  } catch {
    return [];
  }
}
