import {
  available,
  type ChannelHeader,
  channelDomain,
  channelId,
  channelLimits,
  claimCap,
  type Payee,
  payeeDue,
  payeeProof,
  payeesRoot,
  paymentChannelAbi as abi,
  providerDue,
  quoteTypedData,
  sums,
} from "@apoc/core";
import fc from "fast-check";
import { encodeFunctionData, type Hex, type LocalAccount, maxUint256, parseEventLogs, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type History, history, operations } from "./random-history.ts";
import { connect, testAccount, testTokenAbi } from "./in-process-chain.ts";

const [publisher, provider, stranger] = [testAccount(0), testAccount(1), testAccount(2)];
const developers = [testAccount(10), testAccount(11), testAccount(12), testAccount(13)];
const zeroAddress = toHex(0, { size: 20 });

let chain: Awaited<ReturnType<typeof connect>>;
let now = 2_000_000_000;
let pods = 0n;
beforeAll(async () => {
  chain = await connect();
  for (const account of [publisher, stranger]) {
    await onToken(account, "mint", [account.address, 1n << 95n]);
    await onToken(account, "approve", [chain.channel, maxUint256]);
  }
}, 120_000);
afterAll(() => chain.close());

function onToken(account: LocalAccount, functionName: "mint" | "approve", args: [Hex, bigint]) {
  return chain.send(account, chain.token, encodeFunctionData({ abi: testTokenAbi, functionName, args }));
}

test("over random histories every view and payment is what the mirror says, to the unit, and nothing is lost", async () => {
  const reached = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(history, (each) =>
      play(each, (kind) => reached.set(kind, (reached.get(kind) ?? 0) + 1)),
    ),
    { seed: 20261122, numRuns: 400 },
  );
  // A generator that no longer reaches an operation proves nothing about it.
  for (const kind of operations) {
    expect(reached.get(kind) ?? 0, kind).toBeGreaterThan(20);
  }
}, 180_000);

test("the contract states the same bounds as the mirror", async () => {
  const read = (functionName: "MIN_GRACE" | "MAX_GRACE" | "MAX_PAYEES") =>
    chain.reader.readContract({ abi, address: chain.channel, functionName });
  expect(Number(await read("MIN_GRACE"))).toBe(channelLimits.minGrace);
  expect(Number(await read("MAX_GRACE"))).toBe(channelLimits.maxGrace);
  expect(Number(await read("MAX_PAYEES"))).toBe(channelLimits.maxPayees);
});

async function play(
  { payees: terms, steps, ...given }: History,
  reach: (kind: string) => void,
): Promise<void> {
  const payees: Payee[] = terms.map((each, index) => ({
    ...each,
    to: developers[index]!.address,
    imageDigest: toHex(index + 1, { size: 32 }),
    licenseHash: toHex(index + 100, { size: 32 }),
  }));
  now += 10;
  const header: ChannelHeader = {
    publisher: publisher.address,
    provider: provider.address,
    token: chain.token,
    podId: toHex(++pods, { size: 32 }),
    meter: zeroAddress,
    grace: 3600,
    acceptBy: now + 1_000,
    maxExecRate: given.maxExecRate,
    execBurst: given.execBurst,
    ...sums(payees),
    payeesRoot: payeesRoot(payees),
  };
  const id = channelId(chain.chainId, chain.channel, header);
  const first = given.deposit + header.sumOneTime;
  const heldBefore = await held();
  let paidIn = first;
  let paidOut = 0n;

  const quote = given.acceptAtOnce
    ? await provider.signTypedData!(quoteTypedData(chain.chainId, chain.channel, id))
    : "0x";
  await act(publisher, { functionName: "createChannel", args: [header, quote, first, payees] });
  if (!given.acceptAtOnce) {
    await compare();
    now += 1;
    await act(provider, { functionName: "accept", args: [header] });
  }
  await compare();
  for (const each of steps) {
    now += each.wait;
    if (await apply(each)) reach(each.kind);
    await compare();
  }

  /** Does the step where its party may; checks what it pays. */
  async function apply(each: (typeof steps)[number]): Promise<boolean> {
    const state = await channel();
    const over = state.unlockAt !== 0 && now >= state.unlockAt;
    const index = payees.length === 0 ? 0 : each.index % payees.length;
    const payee = payees[index];
    switch (each.kind) {
      case "claim": {
        await act(provider, { functionName: "claim", args: [header, each.amount, "0x"] });
        const limit = claimCap(state, header, now);
        const wanted = each.amount > state.exec ? each.amount : state.exec;
        expect((await channel()).exec).toBe(wanted < limit ? wanted : limit);
        return true;
      }
      case "deposit":
      case "gift": {
        if (over) return false;
        const from = each.kind === "gift" ? stranger : publisher;
        await act(from, { functionName: "deposit", args: [header, each.amount] });
        paidIn += each.amount;
        expect((await channel()).unlockAt).toBe(each.kind === "gift" ? state.unlockAt : 0);
        return true;
      }
      case "withdraw": {
        if (payee === undefined) return false;
        const expected = payeeDue(state, header, payee, await account(index), now);
        const args = [header, BigInt(index), payee, [...payeeProof(payees, index)]] as const;
        expect(await act(stranger, { functionName: "withdrawFor", args })).toBe(expected);
        paidOut += expected;
        return true;
      }
      case "redeem": {
        if (payee === undefined) return false;
        const before = (await account(index)).metered;
        const free = available(state, header, now);
        const voucher = await publisher.signTypedData!({
          domain: channelDomain(chain.chainId, chain.channel),
          types: {
            Voucher: [
              { name: "channelId", type: "bytes32" },
              { name: "index", type: "uint256" },
              { name: "cumulative", type: "uint96" },
            ],
          },
          primaryType: "Voucher",
          message: { channelId: id, index: BigInt(index), cumulative: each.amount },
        });
        const args = [
          header,
          BigInt(index),
          payee,
          [...payeeProof(payees, index)],
          each.amount,
          voucher,
        ] as const;
        await act(stranger, { functionName: "redeem", args });
        const bounds = [each.amount, payee.meteredCap, before + free];
        const limit = bounds.reduce((a, b) => (a < b ? a : b));
        expect((await account(index)).metered).toBe(limit > before ? limit : before);
        return true;
      }
      case "provider": {
        const expected = providerDue(state);
        if (expected === 0n) return false;
        const args = [header, provider.address] as const;
        expect(await act(provider, { functionName: "withdrawProvider", args })).toBe(expected);
        paidOut += expected;
        return true;
      }
      case "unlock":
        if (state.unlockAt !== 0) return false;
        await act(publisher, { functionName: "unlock", args: [header] });
        return true;
      case "terminate":
        if (over) return false;
        await act(provider, { functionName: "terminate", args: [header] });
        return true;
      case "refund":
      case "close": {
        const expected = available(state, header, now);
        if (!over || state.closed || (each.kind === "refund" && expected === 0n)) return false;
        const functionName = each.kind === "refund" ? "withdrawUnlocked" : "closeChannel";
        expect(await act(publisher, { functionName, args: [header, publisher.address] })).toBe(expected);
        paidOut += expected;
        return true;
      }
      default:
        throw new Error("unknown step", { cause: each.kind satisfies never });
    }
  }

  /** The views against the mirror, and the money held against what came and went. */
  async function compare(): Promise<void> {
    now += 1;
    await chain.at(now);
    await chain.mine();
    const state = await channel();
    expect(await view("available", [header])).toBe(available(state, header, now));
    expect(await view("providerDue", [header])).toBe(providerDue(state));
    let assigned = available(state, header, now) + providerDue(state);
    for (const [index, payee] of payees.entries()) {
      const due = payeeDue(state, header, payee, await account(index), now);
      expect(await view("due", [header, BigInt(index), payee])).toBe(due);
      assigned += due;
    }
    const inChannel = (await held()) - heldBefore;
    expect(inChannel).toBe(paidIn - paidOut);
    expect(inChannel - assigned).toBeGreaterThanOrEqual(0n);
    expect(inChannel - assigned).toBeLessThanOrEqual(BigInt(2 * payees.length));
  }

  function channel() {
    return chain.reader.readContract({ abi, address: chain.channel, functionName: "channel", args: [id] });
  }

  async function account(index: number) {
    const [paid, metered] = await chain.reader.readContract({
      abi,
      address: chain.channel,
      functionName: "payeeAccount",
      args: [id, BigInt(index)],
    });
    return { paid, metered };
  }

  function held() {
    return chain.reader.readContract({
      abi: testTokenAbi,
      address: chain.token,
      functionName: "balanceOf",
      args: [chain.channel],
    });
  }

  function view(functionName: "available" | "providerDue" | "due", args: readonly unknown[]) {
    return chain.reader.readContract({ abi, address: chain.channel, functionName, args } as Parameters<
      typeof chain.reader.readContract
    >[0]);
  }

  /** One transaction in a block of `now`; gives the amount that it paid out. */
  async function act(
    from: LocalAccount,
    call: { functionName: string; args: readonly unknown[] },
  ): Promise<bigint> {
    await chain.at(now);
    const data = encodeFunctionData({ abi, ...call } as Parameters<typeof encodeFunctionData>[0]);
    const { logs } = await chain.send(from, chain.channel, data);
    const paid = parseEventLogs({ abi, logs, eventName: ["Withdrawn", "Refunded"] });
    return paid.reduce((sum, { args }) => sum + args.amount, 0n);
  }
}
