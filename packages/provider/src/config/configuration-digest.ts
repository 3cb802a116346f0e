import { canonicalDigest } from "@apoc/attestation";
import { chainName } from "@apoc/core";
import { fromHex } from "@apoc/encoding";
import type { ProviderConfig } from "./schema.ts";

/** What {@link configurationDocument} reads of a configuration. */
export type SecurityConfig = Pick<
  ProviderConfig,
  "development" | "chain" | "policy" | "suspendAfterSeconds" | "engine"
>;

/**
 * The part of the operator's configuration on which it depends whether the checks mean anything, in its one form:
 * docs/spec/evidence.md, "Configuration". Lists whose order has no meaning are sorted.
 */
export function configurationDocument(config: SecurityConfig): object {
  const { development, chain, policy, suspendAfterSeconds, engine } = config;
  return {
    version: 1,
    development,
    chain: {
      id: chainName(chain.id),
      rpc: sorted(chain.rpc.map((url) => new URL(url).href)),
      paymentChannel: chain.paymentChannel,
      marketplace: chain.marketplace,
    },
    freshness: {
      confirmations: policy.confirmations,
      maxHeadAgeSeconds: policy.maxHeadAgeSeconds,
      suspendAfterSeconds,
      monitors: sorted(policy.monitors.map(({ address }) => address)),
    },
    engine: { socket: engine.socket ?? null },
  };
}

/** SHA-256 of the canonical form of {@link configurationDocument}: what evidence binds and keys are derived with. */
export function configurationDigest(config: SecurityConfig): Uint8Array {
  return fromHex(canonicalDigest(configurationDocument(config)));
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
