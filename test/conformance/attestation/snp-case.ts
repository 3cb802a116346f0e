import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  amdRoots,
  type Product,
  products,
  type SnpEvidence,
  type SnpReferenceValues,
  type SnpRoot,
  type SnpVerdict,
  type Tcb,
  verifySnp,
} from "@apoc/attestation";
import { bytesOfHex, mutate, type Mutation } from "./mutation.ts";

/** One case of a machine-readable list of SNP cases; paths are relative to a root folder. */
export interface SnpCase {
  readonly id: string;
  readonly report: string;
  readonly vek: string;
  readonly intermediate: string;
  readonly ark: string;
  readonly crl?: string;
  readonly at: string;
  readonly mutate?: readonly Mutation[];
  readonly override?: Readonly<Record<string, string>>;
  readonly policy: CasePolicy;
  /** `ACCEPT` or a reason code. */
  readonly expect: string;
}

/** The policy of a case, by the names that cases use. */
export interface CasePolicy {
  readonly roots: Record<
    string,
    { product: Product; arkCN: string; askCN: string; asvkCN: string; dev?: boolean }
  >;
  readonly development?: boolean;
  readonly crl: "off" | "required";
  readonly allowSmt?: boolean;
  readonly allowDebug?: boolean;
  readonly allowMigration?: boolean;
  readonly allowMaskedChipId?: boolean;
  readonly provisional?: boolean;
  readonly vmpl: readonly number[];
  readonly vlekCsps?: readonly string[];
  readonly minTcb: Partial<Record<Product, Tcb>>;
  readonly minLaunchTcb?: Partial<Record<Product, Tcb>>;
  readonly minGuestSvn?: number;
  readonly measurements: readonly string[];
  readonly hostData?: string | readonly string[];
  readonly idKeyDigests?: readonly string[];
  readonly authorKeyDigests?: readonly string[];
  readonly requireAlias?: boolean;
  readonly reportVersions?: readonly number[];
  readonly reportData: string;
}

const targets = ["report", "vek", "intermediate", "ark", "crl"] as const;

/** Runs one case: reads its files, changes them, verifies them at its date. Gives the verdict and its code. */
export async function runSnpCase(
  folder: string,
  snpCase: SnpCase,
): Promise<{ code: string; verdict: SnpVerdict }> {
  const verdict = await verifySnp(
    readSnpCase(folder, snpCase).evidence,
    snpCaseReference(snpCase.policy),
    bytesOfHex(snpCase.policy.reportData),
    new Date(snpCase.at),
  );
  const { firstFailure, affirming } = verdict.checks;
  return { code: affirming ? "ACCEPT" : (firstFailure?.name ?? "INCOMPLETE"), verdict };
}

/** The bytes of a case, changed as it says. */
export function readSnpCase(folder: string, snpCase: SnpCase): { evidence: SnpEvidence } {
  const files = new Map<string, Uint8Array>();
  for (const target of targets) {
    const path = snpCase.override?.[target] ?? snpCase[target];
    if (typeof path === "string") files.set(target, Uint8Array.from(readFileSync(join(folder, path))));
  }
  for (const mutation of snpCase.mutate ?? []) {
    const bytes = files.get(mutation.target);
    if (bytes === undefined) throw new Error(`${snpCase.id}: nothing to change at ${mutation.target}`);
    files.set(mutation.target, mutate(bytes, mutation));
  }
  const file = (target: string) => files.get(target) ?? new Uint8Array();
  const certificates = { vek: file("vek"), intermediate: file("intermediate"), root: file("ark") };
  return { evidence: { report: file("report"), certificates, crl: files.get("crl") } };
}

/** The policy of a case in the verifier's own terms; what a case does not name is permitted to reach its code. */
export function snpCaseReference(policy: CasePolicy): SnpReferenceValues {
  const roots = Object.entries(policy.roots).map(
    ([sha256, root]): SnpRoot => ({
      sha256,
      product: root.product,
      names: { ark: root.arkCN, ask: root.askCN, asvk: root.asvkCN },
      development: root.dev === true,
      revocation: policy.crl === "off" ? "none" : "required",
    }),
  );
  for (const root of roots.filter(({ development }) => !development)) {
    if (!amdRoots.some(({ sha256, product }) => sha256 === root.sha256 && product === root.product)) {
      throw new Error(`${root.sha256} is not a root of AMD`);
    }
  }
  return {
    roots,
    development: policy.development === true,
    reportVersions: policy.reportVersions ?? [2, 3, 4, 5],
    signers: ["vcek", "vlek"],
    vlekCsps: policy.vlekCsps ?? [],
    products,
    measurements: policy.measurements,
    hostData: policy.hostData === undefined ? null : [policy.hostData].flat(),
    idKeyDigests: policy.idKeyDigests ?? null,
    authorKeyDigests: policy.authorKeyDigests ?? null,
    chipIds: null,
    minGuestSvn: policy.minGuestSvn ?? 0,
    minTcb: policy.minTcb,
    minLaunchTcb: policy.minLaunchTcb ?? null,
    provisionalFirmware: policy.provisional === true,
    vmpl: policy.vmpl,
    allow: {
      debug: policy.allowDebug === true,
      migration: policy.allowMigration === true,
      smt: policy.allowSmt === true,
      maskedChipId: policy.allowMaskedChipId === true,
    },
    requirePlatform: { aliasCheck: policy.requireAlias === true },
  };
}
