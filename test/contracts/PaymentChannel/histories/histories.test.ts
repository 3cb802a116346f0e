import { channelLimits, paymentChannelAbi as abi } from "@apoc/core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChannelStage } from "./channel-stage.ts";
import { connect } from "../../support/in-process-chain.ts";
import { history, operations } from "./random-history.ts";

/** scripts/invariants.sh plays all of them; every day a few. Each batch has a seed and a chain of its own. */
const batch = 250;
const histories = { long: 10_000, daily: 500 }[process.env["APOC_PROOF"] ?? "daily"] ?? 500;
const seed = Number(process.env["APOC_SEED"] ?? 20_261_122);

let chain: Awaited<ReturnType<typeof connect>>;
let beginning: Awaited<ReturnType<typeof chain.snapshot>>;
let stage: ChannelStage;
beforeAll(async () => {
  chain = await connect(["test/contracts/PaymentChannel/ChannelObserver.sol"]);
}, 600_000);
afterAll(() => chain.close());

test(`over ${histories} random histories (seed ${seed}) storage, views and balances match logs and mirror, to the unit`, async () => {
  const reached = new Map<string, number>();
  beginning = await chain.snapshot();
  for (let played = 0; played < histories; played += batch) {
    // A chain does not grow beyond one batch.
    await chain.revert(beginning);
    beginning = await chain.snapshot();
    stage = await ChannelStage.open(chain);
    await fc.assert(
      fc.asyncProperty(history, (each) =>
        stage.play(each, (kind) => reached.set(kind, (reached.get(kind) ?? 0) + 1)),
      ),
      { seed: seed + played, numRuns: batch },
    );
  }
  console.log(
    `${histories} histories: ${[...reached].map(([kind, times]) => `${kind} ${times}`).join(", ")}`,
  );
  // A generator that no longer reaches an operation proves nothing about it.
  for (const kind of operations) expect(reached.get(kind) ?? 0, kind).toBeGreaterThan(20);
}, 7_200_000);

test("the contract states the same bounds as the mirror", async () => {
  const read = (functionName: "MIN_GRACE" | "MAX_GRACE" | "MAX_PAYEES") =>
    chain.reader.readContract({ abi, address: chain.channel, functionName });
  expect(Number(await read("MIN_GRACE"))).toBe(channelLimits.minGrace);
  expect(Number(await read("MAX_GRACE"))).toBe(channelLimits.maxGrace);
  expect(Number(await read("MAX_PAYEES"))).toBe(channelLimits.maxPayees);
});
