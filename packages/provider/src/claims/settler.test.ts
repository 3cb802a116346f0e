import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { clientErrors } from "@apoc/client";
import { expect, onTestFinished, test } from "vitest";
import { unixSeconds } from "../clock.ts";
import { openRemoteState } from "../testing/remote-state.ts";
import { keptLog, ManualClock } from "../testing/manual-clock.ts";
import { MemoryChain, openChannel } from "../testing/memory-chain.ts";
import { admittedPod } from "../testing/sample-pod.ts";
import { Claimer } from "./claimer.ts";
import { Settler } from "./settler.ts";

const pod = admittedPod();

/** A pod that ran for 100 seconds at one base unit each, and whose removal was asked for. */
async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-settle-"));
  const state = await openRemoteState(folder);
  onTestFinished(async () => {
    await state.close();
    await rm(folder, { recursive: true });
  });
  const clock = new ManualClock();
  const chain = new MemoryChain(clock);
  const { log, lines } = keptLog();
  chain.channels.set(pod.channel.id, openChannel(1_000n, unixSeconds(clock)));
  await state.pods.admit(pod, clock.wall());
  const from = clock.wall();
  clock.advance(100_000);
  await state.usage.add([
    { channel: pod.channel.id, from, to: clock.wall(), milliseconds: 100_000, rate: pod.rate },
  ]);
  const start = () => {
    const claimer = new Claimer({ state, chain: chain.asProvider, clock, log, minimum: 0n });
    return new Settler({ state, claimer, chain: chain.asProvider, clock, log });
  };
  const settler = start();
  await settler.intend(pod.channel.id);
  return {
    state,
    clock,
    chain,
    lines,
    settler,
    restart: start,
    channel: () => chain.channels.get(pod.channel.id)!,
    drain: async () => {
      await state.pods.drain(pod.id, clock.wall());
      await state.pods.removed(pod.id, clock.wall());
    },
  };
}

test("the last claim comes first, then the end of the channel, each once", async () => {
  const { settler, state, clock, chain, drain, channel } = await setUp();
  await settler.settle(pod.channel.id);
  expect(chain.sent).toEqual([]);
  await drain();
  await settler.settle(pod.channel.id);
  expect(chain.sent).toEqual(["claim 100", "terminate"]);
  expect(channel()).toMatchObject({ exec: 100n, unlockAt: unixSeconds(clock) });
  await settler.settle(pod.channel.id);
  await settler.round();
  expect(chain.sent).toHaveLength(2);
  expect((await state.transactions.latest()).map(({ kind, status }) => [kind, status])).toEqual([
    ["claim", "confirmed"],
    ["terminate", "confirmed"],
  ]);
});

test("a provider that was killed before it ended the channel does it after its next start", async () => {
  const { restart, chain, drain, channel, clock } = await setUp();
  await drain();
  await restart().round();
  expect(chain.sent).toEqual(["claim 100", "terminate"]);
  expect(channel().unlockAt).toBe(unixSeconds(clock));
});

test("one whose answer was lost is seen on chain and not repeated", async () => {
  const { restart, state, chain, drain } = await setUp();
  await drain();
  await chain.asProvider.claim(pod.channel.terms.header, 100n);
  await chain.asProvider.terminate(pod.channel.terms.header);
  await restart().round();
  expect(chain.sent).toEqual(["claim 100", "terminate"]);
  expect(await state.transactions.open("terminate")).toEqual([]);
  expect((await state.transactions.latest()).find(({ kind }) => kind === "terminate")?.hash).toBeUndefined();
});

test("what fails is tried again, later and later; nothing is ended while the last claim fails", async () => {
  const { settler, state, clock, chain, drain } = await setUp();
  await drain();
  chain.silent = true;
  await settler.settle(pod.channel.id);
  expect(await state.transactions.open("terminate")).toMatchObject([{ status: "failed" }]);
  chain.silent = false;
  await settler.round();
  expect(chain.sent).toEqual([]);
  clock.advance(1_000);
  await settler.round();
  expect(chain.sent).toEqual(["claim 100", "terminate"]);
});

test("without gas it is said once, and done once there is some", async () => {
  const { settler, clock, chain, drain, lines } = await setUp();
  await drain();
  await chain.asProvider.claim(pod.channel.terms.header, 100n);
  chain.failure = new ApocError(clientErrors.NETWORK_FEE_UNPAYABLE);
  await settler.settle(pod.channel.id);
  clock.advance(60_000);
  await settler.round();
  expect(lines.filter((line) => line.includes("gas"))).toHaveLength(1);
  chain.failure = undefined;
  clock.advance(60_000);
  await settler.round();
  expect(chain.sent).toEqual(["claim 100", "terminate"]);
});

test("a pod that is deployed again keeps its channel", async () => {
  const { settler, state, clock, chain, drain } = await setUp();
  await drain();
  chain.silent = true;
  await settler.settle(pod.channel.id);
  chain.silent = false;
  await state.pods.admit(pod, clock.wall());
  clock.advance(60_000);
  await settler.round();
  expect(chain.sent).toEqual([]);
});

test("a channel whose unlock is over by the chain's clock needs no end", async () => {
  const { settler, state, clock, chain, drain, channel } = await setUp();
  await drain();
  chain.channels.set(pod.channel.id, { ...channel(), unlockAt: unixSeconds(clock) - 1 });
  await settler.settle(pod.channel.id);
  expect(chain.sent).toEqual(["claim 100"]);
  expect(await state.transactions.open("terminate")).toEqual([]);
});
