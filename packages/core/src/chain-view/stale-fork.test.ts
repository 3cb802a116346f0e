import { describe, expect, test } from "vitest";
import { block, head, now, silentSource, source } from "../admission/testing/chain.ts";
import { admissionErrors } from "../errors.ts";
import type { ChainSource } from "./chain-view.ts";
import type { FreshnessPolicy } from "./freshness.ts";
import { surveyChain } from "./survey.ts";

const policies = ["refuse", "ignore"] as const;
const survey = (sources: readonly ChainSource[], silentSources: FreshnessPolicy["silentSources"]) =>
  surveyChain(sources, { confirmations: 3, maxHeadAgeSeconds: 60, silentSources }, now);
/** A source that falls silent after its head. */
const cut: ChainSource = { ...source("cut"), block: () => Promise.reject(new Error("connection refused")) };
/** A source that has no block but its head. */
const pruned: ChainSource = { ...source("pruned"), block: async () => undefined };

describe.each(policies)("silent sources: %s", (policy) => {
  test("sources that are recent and agree are fresh at the confirmed block below the lowest head", async () => {
    expect(await survey([source("one"), source("two", { lead: -1n })], policy)).toEqual({
      kind: "fresh",
      confirmed: block(head - 4n),
      lowest: head - 1n,
    });
  });

  test("a head that is too old is stale", async () => {
    expect(await survey([source("one"), source("two", { ageSeconds: 60 })], policy)).toMatchObject({
      kind: "fresh",
    });
    expect(await survey([source("one"), source("two", { ageSeconds: 61 })], policy)).toMatchObject({
      kind: "stale",
      ageSeconds: 61,
      reason: { code: admissionErrors.CHAIN_STALE.code, field: "two", actual: "61 s" },
    });
  });

  test("a head in the future is not fresh", async () => {
    expect(await survey([source("one", { ageSeconds: -60 })], policy)).toMatchObject({ kind: "fresh" });
    expect(await survey([source("one"), source("two", { ageSeconds: -61 })], policy)).toMatchObject({
      kind: "future",
      reason: { code: admissionErrors.CHAIN_FUTURE.code, field: "two", actual: "61 s ahead" },
    });
  });

  test("sources that show different chains, or of which one lacks the block, are a fork", async () => {
    const fork = { kind: "fork", reason: { code: admissionErrors.CHAIN_DISAGREES.code } };
    expect(await survey([source("one"), source("two", { fork: "'" })], policy)).toMatchObject(fork);
    expect(await survey([source("one"), pruned], policy)).toMatchObject(fork);
    expect(await survey([pruned], policy)).toMatchObject(fork);
  });

  test("no answer at all is an outage", async () => {
    const outage = { kind: "outage", reason: { code: admissionErrors.CHAIN_UNREACHABLE.code } };
    expect(await survey([silentSource, silentSource], policy)).toMatchObject(outage);
    expect(await survey([cut], policy)).toMatchObject(outage);
  });
});

test.each([
  ["before its head", silentSource],
  ["after its head", cut],
])("a source that falls silent %s is refused at admission and ignored by the watch", async (_, silent) => {
  expect(await survey([source("one"), silent], "refuse")).toMatchObject({
    kind: "outage",
    reason: { code: admissionErrors.CHAIN_DISAGREES.code, expected: "2 answers", actual: "1" },
  });
  expect(await survey([source("one"), silent], "ignore")).toMatchObject({ kind: "fresh" });
});
