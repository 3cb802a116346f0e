import type { ChainSource } from "./chain-view.ts";
import {
  type Answer,
  type Freshness,
  type FreshnessPolicy,
  judgeConfirmed,
  judgeHeads,
} from "./freshness.ts";

/** Asks all sources and judges what they say. `now` in Unix seconds. */
export async function surveyChain(
  sources: readonly ChainSource[],
  policy: FreshnessPolicy,
  now: number,
): Promise<Freshness> {
  const heads = await ask(sources, (source) => source.head());
  const judged = judgeHeads(heads, policy, now);
  if (judged.kind !== "recent") return judged;
  // A source that was silent a moment ago is not waited for again.
  const reached = sources.filter((_, index) => heads[index]?.said !== undefined);
  const blocks = await ask(reached, async (source) => (await source.block(judged.confirmed)) ?? null);
  return judgeConfirmed(judged, blocks, policy);
}

function ask<T>(
  sources: readonly ChainSource[],
  question: (source: ChainSource) => Promise<T>,
): Promise<Answer<T>[]> {
  return Promise.all(
    sources.map(async (source) => {
      const said = await question(source).catch(() => undefined);
      return { source: source.name, said };
    }),
  );
}
