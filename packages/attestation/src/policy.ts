import { isWellFormed } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { parseDocument } from "yaml";
import type { z } from "zod";
import type { AzureReferenceValues } from "./azure/reference-values.ts";
import { attestationErrors } from "./errors.ts";
import { azureSchema, policySchema, snpSchema, tdxSchema } from "./policy-schema.ts";
import type { RevocationSnapshot, SnpReferenceValues } from "./snp/reference-values.ts";
import { amdRoots, developmentRoot } from "./snp/root.ts";
import type { TdxReferenceValues } from "./tdx/reference-values.ts";
import { intelRoot } from "./tdx/root.ts";
import { canonicalDigest } from "./canonical-digest.ts";

/** A trust policy in normal form: every default filled in, durations in seconds (docs/spec/evidence.md). */
export type TrustPolicy = DeepReadonly<z.output<typeof policySchema>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Maximum number of characters of a trust policy. */
export const policyLimit = 65_536;

/**
 * Parses a trust policy, YAML 1.2 or JSON. Throws `POLICY_FORMAT` for text that is neither, for duplicate or unknown
 * keys, for YAML aliases, and for values of the wrong type.
 */
export function parseTrustPolicy(text: string): TrustPolicy {
  if (text.length > policyLimit) throw invalid("", `at most ${policyLimit} characters`, `${text.length}`);
  const document = parseDocument(text, {
    schema: "core",
    strict: true,
    uniqueKeys: true,
    prettyErrors: true,
    // Findings are thrown; the parser shall write none of its own to stderr.
    logLevel: "error",
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw invalid("", "YAML 1.2 or JSON", problem.message.split("\n")[0] ?? "");
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw invalid("", "a document without aliases", cause instanceof Error ? cause.message : "aliases");
  }
  return trustPolicy(value);
}

/** Validates a trust policy that is already a value. Throws `POLICY_FORMAT`. */
export function trustPolicy(value: unknown): TrustPolicy {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) {
    if (!isWellFormed(parsed.data)) throw invalid("", "well-formed Unicode", "a lone surrogate");
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  throw invalid(field, issue?.message ?? "a trust policy", "another value");
}

/** Lower-case hexadecimal SHA-256 of the canonical JSON (RFC 8785) of a policy in normal form. */
export function policyDigest(policy: TrustPolicy): string {
  return canonicalDigest(policy);
}

/** What a policy demands of SNP reports. A policy without an `snp` section demands what nothing can meet. */
export function snpReferenceValues(policy: TrustPolicy): SnpReferenceValues {
  const section = policy.snp ?? snpSchema.parse({});
  const roots =
    policy.roots === "builtin"
      ? amdRoots
      : policy.roots
          .filter((entry) => entry.kind === "sev-snp")
          .map(
            (entry) =>
              amdRoots.find(({ sha256 }) => sha256 === entry.sha256) ??
              developmentRoot(entry.sha256, entry.product, entry.revocation),
          );
  return {
    ...section,
    minTcb: definedOnly(section.minTcb),
    minLaunchTcb: section.minLaunchTcb && definedOnly(section.minLaunchTcb),
    roots,
    development: policy.development,
    snapshot: revocationSnapshot(policy),
  };
}

/** What a policy demands of TDX quotes. A policy without a `tdx` section demands what nothing can meet. */
export function tdxReferenceValues(policy: TrustPolicy): TdxReferenceValues {
  const { rtmr, ...section } = policy.tdx ?? tdxSchema.parse({});
  const roots =
    policy.roots === "builtin"
      ? [intelRoot]
      : policy.roots
          .filter((entry) => entry.kind === "tdx")
          .map(({ sha256, development, revocation }) => ({ sha256, development, collateral: revocation }));
  return {
    ...section,
    rtmrs: [rtmr["0"], rtmr["1"], rtmr["2"], rtmr["3"]],
    roots,
    development: policy.development,
    snapshot: revocationSnapshot(policy),
  };
}

/** What a policy demands of a vTPM. A policy without an `azure` section demands what nothing can meet. */
export function azureReferenceValues(policy: TrustPolicy): AzureReferenceValues {
  const { pcrs, requireSecureBoot } = policy.azure ?? azureSchema.parse({});
  const named = Object.entries(pcrs).flatMap(([index, values]) => (values ? [[index, values] as const] : []));
  return { pcrs: Object.fromEntries(named), requireSecureBoot };
}

/** The moment that collateral must be valid at when evidence is evaluated at `at`. */
export function collateralMoment(policy: TrustPolicy, at: Date): Date {
  return revocationSnapshot(policy)?.takenAt ?? at;
}

/** The snapshot that a policy judges collateral by; `undefined` when collateral must be valid at the evaluation. */
export function revocationSnapshot({ revocation }: TrustPolicy): RevocationSnapshot | undefined {
  if (revocation === "required") return undefined;
  const takenAt = new Date(revocation.snapshot.takenAt);
  return { takenAt, until: new Date(takenAt.getTime() + revocation.snapshot.maxAge * 1000) };
}

function definedOnly<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(attestationErrors.POLICY_FORMAT, { field: field || undefined, expected, actual });
}
