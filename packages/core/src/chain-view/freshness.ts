import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import type { BlockReference } from "./chain-view.ts";

/** When the chain that a provider's sources show counts as the living chain. */
export interface FreshnessPolicy {
  /** Blocks between the lowest head and the block at which state is read. */
  readonly confirmations: number;
  /** Maximum number of seconds between now and the time of a head, before or after. */
  readonly maxHeadAgeSeconds: number;
  /**
   * Sources that do not answer: `refuse` where all must answer before anything starts, `ignore` where those that answer
   * decide, so that an outage stops no pod.
   */
  readonly silentSources: "refuse" | "ignore";
}

/** How the chain looks from here. Only `fresh` starts anything. */
export type Freshness =
  | Fresh
  /** Sources do not answer, which says nothing about the chain. */
  | { readonly kind: "outage"; readonly reason: ApocError }
  /** The oldest head is too old: what is seen may not be the living chain. */
  | { readonly kind: "stale"; readonly ageSeconds: number; readonly reason: ApocError }
  /** A head is too far in the future: the clock here or the chain's is wrong. */
  | { readonly kind: "future"; readonly reason: ApocError }
  /** Sources show different chains. */
  | { readonly kind: "fork"; readonly reason: ApocError };

/** All sources that count are recent and agree. */
export interface Fresh {
  readonly kind: "fresh";
  /** The block at which state is read. */
  readonly confirmed: BlockReference;
  /** Number of the lowest head. */
  readonly lowest: bigint;
}

/** Recent heads; whether the sources agree is not known yet. */
export interface RecentHeads {
  readonly kind: "recent";
  readonly lowest: bigint;
  /** Number of the block on which the sources must agree. */
  readonly confirmed: bigint;
}

/** What one source said; `undefined` where it did not answer. */
export interface Answer<T> {
  readonly source: string;
  readonly said: T | undefined;
}

type NotFresh = Exclude<Freshness, Fresh>;

/** First half of the rule: enough sources answer, and no head is too old or in the future. `now` in Unix seconds. */
export function judgeHeads(
  answers: readonly Answer<BlockReference>[],
  policy: FreshnessPolicy,
  now: number,
): RecentHeads | NotFresh {
  const heads = answered(answers, policy);
  if (!Array.isArray(heads)) return heads;
  const times = heads.map(({ source, said }) => ({ source, age: now - said.timestamp }));
  const oldest = times.reduce((a, b) => (a.age >= b.age ? a : b));
  if (oldest.age > policy.maxHeadAgeSeconds) {
    const reason = new ApocError(admissionErrors.CHAIN_STALE, {
      field: oldest.source,
      expected: `a head at most ${policy.maxHeadAgeSeconds} s old`,
      actual: `${oldest.age} s`,
    });
    return { kind: "stale", ageSeconds: oldest.age, reason };
  }
  const newest = times.reduce((a, b) => (a.age <= b.age ? a : b));
  if (-newest.age > policy.maxHeadAgeSeconds) {
    const reason = new ApocError(admissionErrors.CHAIN_FUTURE, {
      field: newest.source,
      expected: `a head at most ${policy.maxHeadAgeSeconds} s ahead of this clock`,
      actual: `${-newest.age} s ahead`,
    });
    return { kind: "future", reason };
  }
  const lowest = heads.map(({ said }) => said.number).reduce((a, b) => (a < b ? a : b));
  const depth = BigInt(policy.confirmations);
  return { kind: "recent", lowest, confirmed: lowest > depth ? lowest - depth : 0n };
}

/** Second half: all sources that count have the same block of number `heads.confirmed`; `null` says that one has none. */
export function judgeConfirmed(
  { lowest, confirmed }: RecentHeads,
  answers: readonly Answer<BlockReference | null>[],
  policy: FreshnessPolicy,
): Freshness {
  const blocks = answered(answers, policy);
  if (!Array.isArray(blocks)) return blocks;
  const [{ said: first }] = blocks;
  const other = blocks.find(({ said }) => said === null || said.hash !== first?.hash);
  if (first !== null && other === undefined) return { kind: "fresh", confirmed: first, lowest };
  const reason = new ApocError(admissionErrors.CHAIN_DISAGREES, {
    field: `block ${confirmed} of ${other!.source}`,
    expected: first?.hash ?? "a block",
    actual: other!.said?.hash ?? "no block",
  });
  return { kind: "fork", reason };
}

type Given<T> = { readonly source: string; readonly said: T };

/** The answers that count: at least one, and one of every source where silence is refused. */
function answered<T>(
  answers: readonly Answer<T>[],
  { silentSources }: FreshnessPolicy,
): [Given<T>, ...Given<T>[]] | NotFresh {
  const [first, ...rest] = answers.flatMap(({ source, said }) =>
    said === undefined ? [] : [{ source, said }],
  );
  if (first === undefined) {
    const actual = `0 of ${answers.length} answer`;
    return { kind: "outage", reason: new ApocError(admissionErrors.CHAIN_UNREACHABLE, { actual }) };
  }
  const count = rest.length + 1;
  if (silentSources === "ignore" || count === answers.length) return [first, ...rest];
  const reason = new ApocError(admissionErrors.CHAIN_DISAGREES, {
    expected: `${answers.length} answers`,
    actual: String(count),
  });
  return { kind: "outage", reason };
}
