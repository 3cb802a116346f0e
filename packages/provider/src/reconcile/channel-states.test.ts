import type { BlockReference, BlockRange, ChainSource, ChannelState } from "@apoc/core";
import type { Hex } from "viem";
import { expect, test } from "vitest";
import type { WatchedChain } from "../admission/index.ts";
import { openChannel } from "../testing/memory-chain.ts";
import { ChannelStates } from "./channel-states.ts";

const [a, b] = ["0x0a", "0x0b"] as const;
const now = 1_900_000_000;

/** A chain that tells of changes by events, counts what it is asked, and can fail or be replaced by a fork. */
class EventChain implements WatchedChain {
  readonly channels = new Map<Hex, ChannelState>([a, b].map((id) => [id, openChannel(100n, 1)]));
  readonly events: { readonly block: bigint; readonly id: Hex }[] = [];
  readonly read: Hex[] = [];
  readonly ranges: BlockRange[] = [];
  fork = "";
  failing = false;

  readonly sources: readonly ChainSource[] = [
    {
      name: "one",
      head: () => Promise.reject(new Error("not asked")),
      block: async (number) => this.at(number),
    },
  ];

  at(number: bigint): BlockReference {
    return { number, hash: `0x${number.toString(16)}${this.fork}`, timestamp: now };
  }

  async channel(id: Hex): Promise<ChannelState> {
    this.read.push(id);
    return this.channels.get(id)!;
  }

  async changedChannels(range: BlockRange): Promise<ReadonlySet<Hex>> {
    this.ranges.push(range);
    if (this.failing) throw new Error("no logs here");
    const found = this.events.filter(({ block }) => block >= range.fromBlock && block <= range.toBlock);
    return new Set(found.map(({ id }) => id));
  }

  /** A transaction in a block. */
  deposit(id: Hex, block: bigint, amount: bigint): void {
    this.channels.set(id, openChannel(amount, 1));
    this.events.push({ block, id });
  }
}

async function setUp() {
  const chain = new EventChain();
  const states = new ChannelStates(chain);
  const look = async (at: bigint, seconds = now) => {
    await states.advance(chain.at(at));
    return Promise.all([a, b].map(async (id) => (await states.state(id, seconds)).deposited));
  };
  expect(await look(10n)).toEqual([100n, 100n]);
  chain.read.length = 0;
  return { chain, states, look };
}

test("a channel is read once, and again when an event tells of a change", async () => {
  const { chain, look } = await setUp();
  expect(await look(10n)).toEqual([100n, 100n]);
  expect(await look(12n)).toEqual([100n, 100n]);
  expect(chain.read).toEqual([]);
  chain.deposit(b, 14n, 7n);
  expect(await look(13n)).toEqual([100n, 100n]);
  expect(await look(15n)).toEqual([100n, 7n]);
  expect(chain.read).toEqual([b]);
  expect(chain.ranges).toEqual([
    { fromBlock: 11n, toBlock: 12n },
    { fromBlock: 13n, toBlock: 13n },
    { fromBlock: 14n, toBlock: 15n },
  ]);
});

test.each<[string, bigint, (chain: EventChain) => void]>([
  ["events are unavailable", 12n, (chain) => (chain.failing = true)],
  ["the block of the last round is another now", 12n, (chain) => (chain.fork = "f")],
  ["the confirmed block is below the last one", 9n, () => {}],
  ["too many blocks have passed", 10_000n, () => {}],
])("all channels are read again where %s", async (_, block, change) => {
  const { chain, look } = await setUp();
  chain.channels.set(a, openChannel(5n, 1));
  change(chain);
  expect(await look(block)).toEqual([5n, 100n]);
  expect(chain.read).toEqual([a, b]);
});

test("without any event a channel is read again after some minutes", async () => {
  const { chain, look } = await setUp();
  chain.channels.set(a, openChannel(5n, 1));
  expect(await look(11n, now + 299)).toEqual([100n, 100n]);
  expect(await look(12n, now + 360)).toEqual([5n, 100n]);
});

test("a state that was read before the block of the round is not kept for it", async () => {
  const { chain, states } = await setUp();
  states.forget(a);
  const slow = Promise.withResolvers<void>();
  const read = chain.channel.bind(chain);
  chain.channel = async (id) => {
    const state = await read(id);
    await slow.promise;
    return state;
  };
  const early = states.state(a, now);
  chain.deposit(a, 11n, 5n);
  await states.advance(chain.at(11n));
  slow.resolve();
  expect((await early).deposited).toBe(100n);
  expect((await states.state(a, now)).deposited).toBe(5n);
});
