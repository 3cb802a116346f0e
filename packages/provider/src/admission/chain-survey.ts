import type { ChainSource, OperatingPolicy } from "@apoc/core";
import { admissionErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";

/**
 * How the chain looks from here, for pods that run already. An `outage` says nothing about the chain and stops no pod;
 * `stale` and `fork` say that what is seen may not be the chain.
 */
export type ChainSurvey =
  /** `confirmedAt`: Unix seconds of the confirmed block. */
  | { readonly kind: "fresh"; readonly confirmed: bigint; readonly confirmedAt: number; readonly now: number }
  | { readonly kind: "outage" }
  | { readonly kind: "stale"; readonly ageSeconds: number; readonly reason: ApocError }
  | { readonly kind: "fork"; readonly reason: ApocError };

/** Looks at all sources. Those that do not answer are left out; those that answer must be recent and agree. */
export async function surveyChain(
  sources: readonly ChainSource[],
  policy: Pick<OperatingPolicy, "confirmations" | "maxHeadAgeSeconds">,
  now: number,
): Promise<ChainSurvey> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, block: await source.head().catch(() => undefined) })),
  );
  const reached = heads.flatMap(({ source, block }) => (block === undefined ? [] : [{ source, block }]));
  if (reached.length === 0) return { kind: "outage" };
  const oldest = reached.reduce((a, b) => (a.block.timestamp < b.block.timestamp ? a : b));
  const ageSeconds = now - oldest.block.timestamp;
  if (ageSeconds > policy.maxHeadAgeSeconds) {
    const reason = new ApocError(admissionErrors.CHAIN_STALE, {
      field: oldest.source.name,
      expected: `a head at most ${policy.maxHeadAgeSeconds} s old`,
      actual: `${ageSeconds} s`,
    });
    return { kind: "stale", ageSeconds, reason };
  }
  const lowest = reached.map(({ block }) => block.number).reduce((a, b) => (a < b ? a : b));
  const depth = BigInt(policy.confirmations);
  const confirmed = lowest > depth ? lowest - depth : 0n;
  const answers = await Promise.all(
    reached.map(async ({ source }) => ({ source, block: await source.block(confirmed).catch(() => null) })),
  );
  const seen = answers.flatMap(({ source, block }) =>
    block === null ? [] : [{ source, hash: block?.hash, timestamp: block?.timestamp }],
  );
  if (seen.length === 0) return { kind: "outage" };
  const other = seen.find(({ hash }) => hash === undefined || hash !== seen[0]!.hash);
  if (other !== undefined) {
    const reason = new ApocError(admissionErrors.CHAIN_DISAGREES, {
      field: `block ${confirmed} of ${other.source.name}`,
      expected: seen[0]!.hash ?? "a block",
      actual: other.hash ?? "no block",
    });
    return { kind: "fork", reason };
  }
  return { kind: "fresh", confirmed, confirmedAt: seen[0]!.timestamp ?? 0, now };
}
