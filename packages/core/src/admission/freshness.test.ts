import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { signBlockStatement } from "../chain-view/block-statement.ts";
import type { BlockStatement } from "../chain-view/chain-view.ts";
import { block, chainId, head, now, otherHash, people, silentSource, source } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("a head that is too old, or too far in the future", async () => {
  const refused = { freshness: admissionErrors.CHAIN_STALE.code };
  const future = { freshness: admissionErrors.CHAIN_FUTURE.code };
  expect(await refusals({ sources: [source("one", { ageSeconds: 61 })] })).toEqual(refused);
  expect(await refusals({ sources: [source("one", { ageSeconds: -61 })] })).toEqual(future);
  expect(await refusals({ sources: [source("one"), source("two", { ageSeconds: 61 })] })).toEqual(refused);
  expect(await refusals({ sources: [source("one", { ageSeconds: 60 })] })).toEqual({});
});

test("the publisher has seen a block that this provider does not have yet", async () => {
  expect(await refusals({ request: { block: { number: head + 1n, hash: otherHash } } })).toEqual({
    freshness: admissionErrors.CHAIN_STALE.code,
  });
});

test("two sources see different chains, or one of them is silent", async () => {
  const refused = { freshness: admissionErrors.CHAIN_DISAGREES.code };
  expect(await refusals({ sources: [source("one"), source("two", { fork: "'" })] })).toEqual(refused);
  expect(await refusals({ sources: [source("one"), silentSource] })).toEqual(refused);
});

test("no source answers", async () => {
  expect(await refusals({ sources: [silentSource, silentSource] })).toEqual({
    freshness: admissionErrors.CHAIN_UNREACHABLE.code,
  });
});

test("the publisher sees another chain, or names a block from long ago", async () => {
  const refused = { freshness: admissionErrors.CHAIN_FORK.code };
  expect(await refusals({ request: { block: { number: head - 2n, hash: otherHash } } })).toEqual(refused);
  expect(await refusals({ request: { block: block(head - 700n) } })).toEqual(refused);
});

/** Statement of the scene's monitor about a block. */
function statement(changes: Partial<BlockStatement> = {}, signer = people.monitor): Promise<BlockStatement> {
  const { number, hash } = block(head - 1n);
  return signBlockStatement(chainId, { number, hash, seenAt: now - 5, ...changes }, signer);
}
const policy = { monitors: [people.monitor.address] };

test("a monitor that has spoken lately about the same chain", async () => {
  expect(await refusals({ policy, statements: [await statement()] })).toEqual({});
});

test("a monitor is silent, has not spoken lately, or its word is forged", async () => {
  const refused = { freshness: admissionErrors.CHAIN_MONITORS.code };
  expect(await refusals({ policy })).toEqual(refused);
  expect(await refusals({ policy, statements: [await statement({ seenAt: now - 61 })] })).toEqual(refused);
  const forged = { ...(await statement({}, people.stranger)), monitor: people.monitor.address };
  expect(await refusals({ policy, statements: [forged] })).toEqual(refused);
  const altered = { ...(await statement({ seenAt: now - 3600 })), seenAt: now };
  expect(await refusals({ policy, statements: [altered] })).toEqual(refused);
});

test("a monitor sees another chain", async () => {
  expect(await refusals({ policy, statements: [await statement({ hash: otherHash })] })).toEqual({
    freshness: admissionErrors.CHAIN_FORK.code,
  });
});
