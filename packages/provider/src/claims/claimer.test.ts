import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelState, claimCap } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { clientErrors } from "@apoc/client";
import { expect, onTestFinished, test } from "vitest";
import { unixSeconds } from "../clock.ts";
import { openRemoteState } from "../testing/remote-state.ts";
import { keptLog, ManualClock } from "../testing/manual-clock.ts";
import { openChannel } from "../testing/memory-chain.ts";
import { admittedPod } from "../testing/sample-pod.ts";
import { Claimer } from "./claimer.ts";

const pod = admittedPod();

async function setUp(deposit = 1_000_000n, minimum = 0n) {
  const folder = await mkdtemp(join(tmpdir(), "apoc-claims-"));
  const state = await openRemoteState(folder);
  onTestFinished(async () => {
    await state.close();
    await rm(folder, { recursive: true });
  });
  const clock = new ManualClock();
  const { channel: record } = await state.pods.admit(pod, clock.wall());
  let channel: ChannelState = openChannel(deposit, unixSeconds(clock));
  const chain = {
    sent: [] as bigint[],
    failure: undefined as Error | undefined,
    channel: async () => channel,
    /** As the contract does: as far as cap and funds allow. */
    async claim(header: typeof pod.channel.terms.header, exec: bigint) {
      if (chain.failure !== undefined) throw chain.failure;
      chain.sent.push(exec);
      const cap = claimCap(channel, header, unixSeconds(clock));
      channel = { ...channel, exec: exec < cap ? exec : cap };
      return "0xhash" as const;
    },
    terminate: async () => "0xhash" as const,
  };
  const use = async (seconds: number) => {
    const from = clock.wall();
    clock.advance(seconds * 1000);
    await state.usage.add([
      {
        channel: pod.channel.id,
        from,
        to: clock.wall(),
        milliseconds: seconds * 1000,
        rate: pod.rate,
      },
    ]);
  };
  const claimer = new Claimer({ state, chain, clock, log: keptLog().log, minimum });
  return { state, clock, chain, claimer, record, use };
}

test("a claim names the cumulative total; one that changes nothing is not sent", async () => {
  const { state, chain, claimer, record, use } = await setUp();
  await use(100);
  expect(await claimer.claim(record)).toMatchObject({ metered: 100n, claimed: 100n, hash: "0xhash" });
  expect(await claimer.claimAll()).toEqual([]);
  expect(await claimer.claim(record)).toMatchObject({ claimed: 100n });
  await use(50);
  await claimer.claimAll();
  expect(chain.sent).toEqual([100n, 150n]);
  expect(await state.usage.claimed(pod.channel.id)).toBe(150n);
  expect((await state.transactions.latest()).map(({ status, amount }) => [status, amount])).toEqual([
    ["confirmed", 150n],
    ["confirmed", 100n],
  ]);
});

test("a failed claim is recorded, and the next one makes up for it", async () => {
  const { state, chain, claimer, use } = await setUp();
  await use(100);
  chain.failure = new ApocError(clientErrors.NETWORK_FEE_UNPAYABLE);
  expect((await claimer.claimAll())[0]).toMatchObject({ claimed: 0n, error: chain.failure });
  expect((await state.transactions.latest())[0]).toMatchObject({ status: "failed", amount: 100n });
  chain.failure = undefined;
  await use(1);
  expect(await claimer.claimAll()).toMatchObject([{ claimed: 101n }]);
});

test("a claim whose answer was lost is seen on chain and not repeated", async () => {
  const { state, chain, claimer, record, use } = await setUp();
  await use(100);
  await chain.claim(pod.channel.terms.header, 100n);
  expect(await claimer.claim(record)).toMatchObject({ claimed: 100n });
  expect(chain.sent).toHaveLength(1);
  expect(await state.usage.claimed(pod.channel.id)).toBe(100n);
});

test("what the funds do not cover is not claimed again and again", async () => {
  const { chain, claimer, record, use } = await setUp(60n);
  await use(100);
  expect(await claimer.claim(record)).toMatchObject({ metered: 100n, claimed: 60n });
  await claimer.claimAll();
  await claimer.claimAll();
  expect(chain.sent).toHaveLength(1);
});

test("less than the minimum waits, but not at shutdown", async () => {
  const { chain, claimer, use } = await setUp(1_000_000n, 200n);
  await use(100);
  expect(await claimer.claimAll()).toEqual([]);
  await claimer.claimAll({ ignoreMinimum: true });
  expect(chain.sent).toEqual([100n]);
});

test("two claims at once are one", async () => {
  const { chain, claimer, record, use } = await setUp();
  await use(10);
  const [a, b] = await Promise.all([claimer.claim(record), claimer.claim(record)]);
  expect(a).toBe(b);
  expect(chain.sent).toEqual([10n]);
});

test("a removed pod's rest is claimed all the same", async () => {
  const { state, clock, chain, claimer, use } = await setUp();
  await use(10);
  await state.pods.drain(pod.id, clock.wall());
  await state.pods.removed(pod.id, clock.wall());
  await claimer.claimAll();
  expect(chain.sent).toEqual([10n]);
});

test("what is about to be lost is claimed at once, and again later and later while that fails", async () => {
  const { clock, chain, claimer, record, use } = await setUp();
  claimer.claimNow(record);
  await claimer.idle();
  expect(chain.sent).toEqual([]);
  await use(100);
  chain.failure = new Error("connection refused");
  claimer.claimNow(record);
  await claimer.idle();
  chain.failure = undefined;
  claimer.claimNow(record);
  await claimer.idle();
  expect(chain.sent).toEqual([]);
  clock.advance(1_000);
  claimer.claimNow(record);
  claimer.claimNow(record);
  await claimer.idle();
  expect(chain.sent).toEqual([100n]);
});
