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
import { casePolicy } from "./case-policy.ts";
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

/** The policy of a case, by the names that cases use, or by those of a trust policy. */
export interface CasePolicy {
  /** By SHA-256; AMD's unless given. */
  readonly roots?: Record<
    string,
    { product: Product; arkCN: string; askCN: string; asvkCN: string; dev?: boolean }
  >;
  readonly development?: boolean;
  readonly crl: "off" | "required";
  readonly products?: readonly Product[];
  readonly signers?: SnpReferenceValues["signers"];
  readonly chipIds?: readonly string[] | null;
  readonly allow?: Partial<SnpReferenceValues["allow"]>;
  readonly requirePlatform?: Partial<SnpReferenceValues["requirePlatform"]>;
  readonly provisionalFirmware?: boolean;
  readonly allowSmt?: boolean;
  readonly allowDebug?: boolean;
  readonly allowMigration?: boolean;
  readonly allowMaskedChipId?: boolean;
  readonly provisional?: boolean;
  readonly vmpl?: readonly number[];
  readonly vlekCsps?: readonly string[];
  readonly minTcb?: Partial<Record<Product, Tcb>>;
  readonly minLaunchTcb?: Partial<Record<Product, Tcb>> | null;
  readonly minGuestSvn?: number;
  readonly measurements?: readonly string[];
  readonly hostData?: string | readonly string[] | null;
  readonly idKeyDigests?: string | readonly string[] | null;
  readonly authorKeyDigests?: string | readonly string[] | null;
  readonly requireAlias?: boolean;
  readonly reportVersions?: readonly number[];
  readonly reportData: string;
}

const policyKeys: readonly (keyof CasePolicy)[] = [
  "roots",
  "development",
  "crl",
  "products",
  "signers",
  "chipIds",
  "allow",
  "requirePlatform",
  "provisionalFirmware",
  "allowSmt",
  "allowDebug",
  "allowMigration",
  "allowMaskedChipId",
  "provisional",
  "vmpl",
  "vlekCsps",
  "minTcb",
  "minLaunchTcb",
  "minGuestSvn",
  "measurements",
  "hostData",
  "idKeyDigests",
  "authorKeyDigests",
  "requireAlias",
  "reportVersions",
  "reportData",
];
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
export function snpCaseReference(given: CasePolicy): SnpReferenceValues {
  const policy = casePolicy<CasePolicy>(given, policyKeys);
  const { allow = {} } = policy;
  const list = (value: string | readonly string[] | null | undefined) =>
    value === undefined || value === null ? null : [value].flat();
  return {
    roots: rootsOf(policy),
    development: policy.development === true,
    reportVersions: policy.reportVersions ?? [2, 3, 4, 5],
    signers: policy.signers ?? ["vcek", "vlek"],
    vlekCsps: policy.vlekCsps ?? [],
    products: policy.products ?? products,
    measurements: policy.measurements ?? [],
    hostData: list(policy.hostData),
    idKeyDigests: list(policy.idKeyDigests),
    authorKeyDigests: list(policy.authorKeyDigests),
    chipIds: list(policy.chipIds),
    minGuestSvn: policy.minGuestSvn ?? 0,
    minTcb: policy.minTcb ?? { Milan: {}, Genoa: {}, Turin: {} },
    minLaunchTcb: policy.minLaunchTcb ?? null,
    provisionalFirmware: (policy.provisionalFirmware ?? policy.provisional) === true,
    vmpl: policy.vmpl ?? [0],
    allow: {
      debug: (allow.debug ?? policy.allowDebug) === true,
      migration: (allow.migration ?? policy.allowMigration) === true,
      smt: (allow.smt ?? policy.allowSmt) === true,
      maskedChipId: (allow.maskedChipId ?? policy.allowMaskedChipId) === true,
    },
    requirePlatform: { aliasCheck: (policy.requirePlatform?.aliasCheck ?? policy.requireAlias) === true },
  };
}

/** What a case calls a root is checked: one that is not for development must be AMD's, of that product. */
function rootsOf({ roots: named, crl }: CasePolicy): SnpRoot[] {
  const revocation = crl === "off" ? "none" : "required";
  if (named === undefined) return amdRoots.map((root) => ({ ...root, revocation }));
  const roots = Object.entries(named).map(
    ([sha256, root]): SnpRoot => ({
      sha256,
      product: root.product,
      names: { ark: root.arkCN, ask: root.askCN, asvk: root.asvkCN },
      development: root.dev === true,
      revocation,
    }),
  );
  for (const root of roots.filter(({ development }) => !development)) {
    if (!amdRoots.some(({ sha256, product }) => sha256 === root.sha256 && product === root.product)) {
      throw new Error(`${root.sha256} is not a root of AMD`);
    }
  }
  return roots;
}
