import { equalBytes, toBase64 } from "@apoc/encoding";
import { type Checklist, demand, listed } from "./checklist.ts";
import { isHpkeKey, isMeterKey, isP256Key, isTlsKey } from "./claim-keys.ts";
import type { Evidence } from "./evidence.ts";
import type { TrustPolicy } from "./policy.ts";

/** What a relying party knows and expects. */
export interface VerifyEvidenceOptions {
  /** The nonce that this party sent: 32 bytes that it never used before. */
  readonly nonce: Uint8Array;
  readonly policy: TrustPolicy;
  /** Moment of the evaluation; default: now. */
  readonly at?: Date;
  /** Claims that must have these values; those left out are reported but not compared. */
  readonly expect?: {
    /** Any case. */
    readonly provider?: string;
    readonly chainId?: bigint | number;
    readonly tlsKey?: Uint8Array;
  };
}

/** Node policy digest of a provider that runs on one machine. */
const noNodes = "00".repeat(32);
/** Sections of a trust policy for each kind of evidence; all must be there. */
const sections = {
  "sev-snp": ["snp"],
  tdx: ["tdx"],
  "azure-snp": ["azure", "snp"],
  "azure-tdx": ["azure", "tdx"],
} as const satisfies Record<Evidence["kind"], readonly (keyof TrustPolicy)[]>;

/** The checks of what every kind of evidence has: kind, nonce and claims (docs/spec/evidence.md, "Order of checks"). */
export async function checkEnvelope(
  evidence: Evidence,
  { nonce, policy, expect = {} }: VerifyEvidenceOptions,
  checks: Checklist,
): Promise<void> {
  const { claims } = evidence;
  await checks.check("EVIDENCE_KIND", () =>
    demand(
      sections[evidence.kind].every((section) => policy[section] !== undefined),
      "a kind the trust policy has a section for",
      evidence.kind,
    ),
  );
  await checks.check("NONCE_MISMATCH", () =>
    demand(equalBytes(evidence.nonce, nonce), toBase64(nonce), toBase64(evidence.nonce)),
  );
  const provider = expect.provider?.toLowerCase();
  if (provider === undefined) checks.notRequired("CLAIM_PROVIDER");
  else
    await checks.check("CLAIM_PROVIDER", () =>
      demand(claims.provider.toLowerCase() === provider, provider, claims.provider),
    );
  const { chainId, tlsKey } = expect;
  if (chainId === undefined) checks.notRequired("CLAIM_CHAIN_ID");
  else
    await checks.check("CLAIM_CHAIN_ID", () =>
      demand(claims.chainId === BigInt(chainId), `${chainId}`, `${claims.chainId}`),
    );
  await checks.check("CLAIM_TLS_KEY", () =>
    tlsKey === undefined
      ? demand(isTlsKey(claims.tlsKey), "a SubjectPublicKeyInfo or nothing", "other bytes")
      : demand(equalBytes(claims.tlsKey, tlsKey), toBase64(tlsKey), toBase64(claims.tlsKey)),
  );
  await checks.check("WRAPPING_KEY", () =>
    demand(isP256Key(claims.wrappingKey), "an uncompressed P-256 SubjectPublicKeyInfo", "another key"),
  );
  await checks.check("HPKE_KEY", () =>
    demand(isHpkeKey(claims.hpkeKey), "KEM 0x0010 and an uncompressed P-256 point", "another key"),
  );
  await checks.check("METER_KEY", () =>
    demand(isMeterKey(claims.meterKey), "a compressed point of secp256k1", "another key"),
  );
  const { configurations, nodePolicies } = policy;
  if (configurations === null) checks.notRequired("CONFIGURATION");
  else await checks.check("CONFIGURATION", () => listed(configurations, claims.configurationDigest));
  await checks.check("NODE_POLICY", () => listed([noNodes, ...nodePolicies], claims.nodePolicyDigest));
}
