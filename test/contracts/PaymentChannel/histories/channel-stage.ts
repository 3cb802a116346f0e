import {
  available,
  type ChannelHeader,
  channelId,
  claimCap,
  completeHeader,
  type Payee,
  payeeDue,
  payeeProof,
  paymentChannelAbi as abi,
  providerDue,
  quoteTypedData,
} from "@apoc/core";
import { encodeFunctionData, type Hex, type LocalAccount, maxUint256, toHex } from "viem";
import { expect } from "vitest";
import { usageTypedData, voucherTypedData } from "../channel-messages.ts";
import { observerAbi } from "../channel-observer.ts";
import { type connect, testAccount, testTokenAbi } from "../../support/in-process-chain.ts";
import type { History, Step } from "./random-history.ts";
import { RebuiltChannels } from "./rebuilt-channels.ts";

export const [publisher, provider, stranger, meter] = [
  testAccount(0),
  testAccount(1),
  testAccount(2),
  testAccount(3),
] as const;
const developers = [testAccount(10), testAccount(11), testAccount(12)] as const;
const zeroAddress = toHex(0, { size: 20 });

type Chain = Awaited<ReturnType<typeof connect>>;

interface Opened {
  readonly id: Hex;
  readonly header: ChannelHeader;
  readonly payees: readonly Payee[];
}

/**
 * A chain on which random histories are played. The mirror of `@apoc/core` works on what logs alone tell; after each
 * transaction every view, every stored value and every balance must be equal to what comes out of that.
 */
export class ChannelStage {
  readonly #chain: Chain;
  readonly #observer: Hex;
  #now = 2_000_000_000;
  #pods = 0n;
  #rebuilt: RebuiltChannels;

  private constructor(chain: Chain, observer: Hex) {
    this.#chain = chain;
    this.#observer = observer;
    this.#rebuilt = new RebuiltChannels(chain.chainId, chain.channel);
  }

  /** Deploys the observer, and gives publisher and stranger enough for all histories of one `batch`. */
  static async open(chain: Chain): Promise<ChannelStage> {
    const stage = new ChannelStage(
      chain,
      await chain.deploy(chain.code("test/contracts/PaymentChannel/ChannelObserver.sol")),
    );
    for (const account of [publisher, stranger]) {
      for (const call of [
        encodeFunctionData({ abi: testTokenAbi, functionName: "mint", args: [account.address, 1n << 120n] }),
        encodeFunctionData({ abi: testTokenAbi, functionName: "approve", args: [chain.channel, maxUint256] }),
      ]) {
        stage.#rebuilt.add((await chain.send(account, chain.token, call)).logs, 0);
      }
    }
    return stage;
  }

  /** Creates the channels of a history and does its steps; `reach` hears of each that its party could do. */
  async play({ payees: terms, channels, steps }: History, reach: (kind: string) => void): Promise<void> {
    const payees: Payee[] = terms.map((each, index) => ({
      ...each,
      to: developers[each.to]!.address,
      imageDigest: toHex(index + 1, { size: 32 }),
      licenseHash: toHex(index + 100, { size: 32 }),
    }));
    const opened: Opened[] = [];
    for (const each of channels) {
      const next = await this.#create(payees, each);
      opened.push(next);
      await this.#compare(next);
    }
    for (const each of steps) {
      this.#now += each.wait;
      const channel = opened[each.on % opened.length]!;
      if (await this.#apply(each, channel, opened)) reach(each.kind);
      else await this.#wait();
      for (const seen of each.kind === "withdrawMany" ? opened : [channel]) await this.#compare(seen);
    }
  }

  async #create(payees: readonly Payee[], terms: History["channels"][number]): Promise<Opened> {
    this.#now += 10;
    const header = completeHeader(
      {
        publisher: publisher.address,
        provider: provider.address,
        token: this.#chain.token,
        podId: toHex(++this.#pods, { size: 32 }),
        meter: terms.metered ? meter.address : zeroAddress,
        grace: 3600,
        acceptBy: this.#now + 1_000_000,
        maxExecRate: terms.maxExecRate,
        execBurst: terms.execBurst,
      },
      payees,
    );
    const id = channelId(this.#chain.chainId, this.#chain.channel, header);
    const quote = terms.acceptAtOnce
      ? await provider.signTypedData!(quoteTypedData(this.#chain.chainId, this.#chain.channel, id))
      : "0x";
    await this.#act(publisher, "createChannel", [header, quote, terms.deposit + header.sumOneTime, payees]);
    return { id, header, payees };
  }

  /** Does the step where its party may; checks what it leads to. */
  async #apply(each: Step, { id, header, payees }: Opened, all: readonly Opened[]): Promise<boolean> {
    const now = this.#now;
    const { state, accounts } = this.#rebuilt.channel(id);
    const over = state.unlockAt !== 0 && now >= state.unlockAt;
    const accepted = state.acceptedAt !== 0;
    const index = payees.length === 0 ? 0 : each.index % payees.length;
    const payee = payees[index];
    const before = { ...state };
    switch (each.kind) {
      case "accept":
        if (accepted || state.unlockAt !== 0 || now > header.acceptBy) return false;
        await this.#act(provider, "accept", [header]);
        return true;
      case "claim":
      case "claimAndWithdraw": {
        if (!accepted) return false;
        const limit = claimCap(state, header, now);
        const wanted = each.amount > state.exec ? each.amount : state.exec;
        const claimed = wanted < limit ? wanted : limit;
        const receipt = header.meter === zeroAddress ? "0x" : await this.#receipt(id, each.amount);
        if (each.kind === "claim") {
          const from = header.meter === zeroAddress ? provider : stranger;
          await this.#act(from, "claim", [header, each.amount, receipt]);
        } else {
          if (claimed === state.providerPaid) return false;
          const args = [header, each.amount, receipt, provider.address];
          await this.#paying(claimed - before.providerPaid, provider, "claimAndWithdraw", args);
        }
        expect(state.exec).toBe(claimed);
        return true;
      }
      case "deposit":
      case "gift": {
        if (over) return false;
        await this.#act(each.kind === "gift" ? stranger : publisher, "deposit", [header, each.amount]);
        expect(state.unlockAt).toBe(each.kind === "gift" ? before.unlockAt : 0);
        return true;
      }
      case "withdraw":
      case "withdrawFor": {
        if (payee === undefined) return false;
        const expected = payeeDue(state, header, payee, accounts[index]!, now);
        const args = [header, BigInt(index), payee, payeeProof(payees, index)];
        if (each.kind === "withdrawFor") await this.#paying(expected, stranger, "withdrawFor", args);
        else if (expected === 0n) return false;
        else await this.#paying(expected, this.#developer(payee), "withdraw", [...args, payee.to]);
        return true;
      }
      case "withdrawMany": {
        if (payee === undefined) return false;
        const own = payees.filter(({ to }) => to === payee.to);
        const withdrawals = all.flatMap((one) =>
          own.map((each_, i) => ({
            header: one.header,
            payee: BigInt(i),
            index: BigInt(payees.indexOf(each_)),
            proof: payeeProof(payees, payees.indexOf(each_)),
          })),
        );
        const expected = all
          .flatMap((one) => own.map((each_) => this.#dueOf(one, payees.indexOf(each_))))
          .reduce((sum, due) => sum + due, 0n);
        if (expected === 0n) return false;
        const args = [own, withdrawals, payee.to];
        await this.#paying(expected, this.#developer(payee), "withdrawMany", args);
        return true;
      }
      case "redeem": {
        if (payee === undefined || !accepted) return false;
        const metered = accounts[index]!.metered;
        const bounds = [each.amount, payee.meteredCap, metered + available(state, header, now)];
        const limit = bounds.reduce((a, b) => (a < b ? a : b));
        const voucher = await this.#voucher(id, index, each.amount);
        const args = [header, BigInt(index), payee, payeeProof(payees, index), each.amount, voucher];
        await this.#act(stranger, "redeem", args);
        expect(accounts[index]!.metered).toBe(limit > metered ? limit : metered);
        return true;
      }
      case "provider": {
        const expected = providerDue(state);
        if (expected === 0n) return false;
        await this.#paying(expected, provider, "withdrawProvider", [header, provider.address]);
        return true;
      }
      case "unlock":
        if (state.unlockAt !== 0) return false;
        await this.#act(publisher, "unlock", [header]);
        expect(state.unlockAt).toBe(accepted ? now + header.grace : now);
        return true;
      case "terminate":
        if (!accepted || over) return false;
        await this.#act(provider, "terminate", [header]);
        return true;
      case "refund":
      case "close": {
        const expected = available(state, header, now);
        if (!over || state.closed || (each.kind === "refund" && expected === 0n)) return false;
        const name = each.kind === "refund" ? "withdrawUnlocked" : "closeChannel";
        await this.#paying(expected, publisher, name, [header, publisher.address]);
        return true;
      }
      default:
        throw new Error("unknown step", { cause: each.kind satisfies never });
    }
  }

  /** All that can be seen of a channel against what the logs and the mirror say. */
  async #compare({ id, header, payees }: Opened): Promise<void> {
    const { state, accounts } = this.#rebuilt.channel(id);
    const sight = await this.#chain.reader.readContract({
      abi: observerAbi,
      address: this.#observer,
      functionName: "look",
      args: [this.#chain.channel, header, payees],
    });
    const dues = payees.map((payee, i) => payeeDue(state, header, payee, accounts[i]!, this.#now));
    expect(sight).toEqual({
      state,
      paid: accounts.map(({ paid }) => paid),
      metered: accounts.map(({ metered }) => metered),
      due: dues,
      available: available(state, header, this.#now),
      providerDue: providerDue(state),
      held: this.#rebuilt.held,
    });
    expect(this.#rebuilt.balance(this.#chain.channel)).toBe(sight.held);
    const own = state.deposited - state.providerPaid - accounts.reduce((sum, { paid }) => sum + paid, 0n);
    const dust = own - dues.reduce((sum, due) => sum + due, sight.available + sight.providerDue);
    expect(dust).toBeGreaterThanOrEqual(0n);
    expect(dust).toBeLessThanOrEqual(BigInt(2 * payees.length));
  }

  #dueOf({ id, header, payees }: Opened, index: number): bigint {
    const { state, accounts } = this.#rebuilt.channel(id);
    return payeeDue(state, header, payees[index]!, accounts[index]!, this.#now);
  }

  #developer({ to }: Payee): LocalAccount {
    return developers.find(({ address }) => address === to)!;
  }

  #receipt(id: Hex, exec: bigint): Promise<Hex> {
    return meter.signTypedData!(usageTypedData(this.#chain.chainId, this.#chain.channel, id, exec));
  }

  #voucher(id: Hex, index: number, cumulative: bigint): Promise<Hex> {
    const { chainId, channel } = this.#chain;
    return publisher.signTypedData!(voucherTypedData(chainId, channel, id, index, cumulative));
  }

  /** A transaction that moves exactly `amount` out of the contract, by the token's events. */
  async #paying(amount: bigint, from: LocalAccount, name: string, args: readonly unknown[]): Promise<void> {
    const before = this.#rebuilt.balance(this.#chain.channel);
    await this.#act(from, name, args);
    expect(before - this.#rebuilt.balance(this.#chain.channel)).toBe(amount);
  }

  /** An empty block of the present second: what is due then depends on nobody's touch. */
  async #wait(): Promise<void> {
    await this.#chain.at(this.#now);
    await this.#chain.mine();
  }

  /** One transaction, in a block of the present second. */
  async #act(from: LocalAccount, functionName: string, args: readonly unknown[]): Promise<void> {
    await this.#chain.at(this.#now);
    const data = encodeFunctionData({ abi, functionName, args } as Parameters<typeof encodeFunctionData>[0]);
    const { logs } = await this.#chain.send(from, this.#chain.channel, data);
    this.#rebuilt.add(logs, this.#now);
  }
}
