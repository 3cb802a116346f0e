import {
  type ChannelHeader,
  type ChannelState,
  channelId,
  completeHeader,
  erc20Abi,
  fundedSeconds,
  type Payee,
  type PayeeAccount,
  paymentChannelAbi,
} from "@apoc/core";
import { type Address, getAddress, type Hex, type Log, maxUint256, parseEventLogs } from "viem";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A channel as its events tell. */
export interface RebuiltChannel {
  readonly header: ChannelHeader;
  readonly payees: readonly Payee[];
  readonly state: Mutable<ChannelState>;
  readonly accounts: Mutable<PayeeAccount>[];
}

/** The events of a creation, until its payees are complete. */
type Creation = Omit<ChannelHeader, "sumOneTime" | "sumRate" | "sumShare" | "payeesRoot">;

/** All channels of a contract and all balances of its token, from nothing but logs and the times of their blocks. */
export class RebuiltChannels {
  readonly #chainId: number;
  readonly #contract: Address;
  readonly #channels = new Map<Hex, RebuiltChannel>();
  readonly #balances = new Map<Address, bigint>();
  #paidIn = 0n;
  #paidOut = 0n;

  constructor(chainId: number, contract: Address) {
    this.#chainId = chainId;
    this.#contract = contract;
  }

  /** What the contract holds by its own events. */
  get held(): bigint {
    return this.#paidIn - this.#paidOut;
  }

  /** What an account has of the token by the token's events. */
  balance(account: Address): bigint {
    return this.#balances.get(getAddress(account)) ?? 0n;
  }

  /** @throws where no creation was seen */
  channel(id: Hex): RebuiltChannel {
    const found = this.#channels.get(id);
    if (found === undefined) throw new Error(`no creation of ${id} in the logs`);
    return found;
  }

  /** Adds the logs of one block, in their order. */
  add(logs: readonly Log[], time: number): void {
    for (const { args } of parseEventLogs({ abi: erc20Abi, logs: [...logs], eventName: "Transfer" })) {
      this.#balances.set(args.from, this.balance(args.from) - args.value);
      this.#balances.set(args.to, this.balance(args.to) + args.value);
    }
    const events = parseEventLogs({ abi: paymentChannelAbi, logs: [...logs] });
    for (const [at, event] of events.entries()) {
      if (event.eventName === "ChannelCreated") {
        const payees: Payee[] = [];
        for (const next of events.slice(at + 1)) {
          if (next.eventName !== "PayeeListed") break;
          const { channelId: _, ...payee } = next.args;
          payees.push(payee);
        }
        const { channelId: id, amount, accepted, ...creation } = event.args;
        this.#create(id, creation, payees, amount, accepted ? time : 0);
      } else if (event.eventName !== "PayeeListed") this.#change(event, time);
    }
  }

  #create(id: Hex, creation: Creation, payees: readonly Payee[], amount: bigint, acceptedAt: number): void {
    const header = completeHeader(creation, payees);
    if (channelId(this.#chainId, this.#contract, header) !== id) throw new Error("the id does not follow");
    this.#paidIn += amount;
    this.#channels.set(id, {
      header,
      payees,
      state: {
        deposited: amount,
        exec: 0n,
        providerPaid: 0n,
        metered: 0n,
        acceptedAt,
        unlockAt: 0,
        unfundedSeconds: 0,
        closed: false,
      },
      accounts: payees.map(() => ({ paid: 0n, metered: 0n })),
    });
  }

  #change(event: ChannelEvent, time: number): void {
    if (!("channelId" in event.args)) throw new Error("an event of no channel", { cause: event });
    const { state, header, accounts } = this.channel(event.args.channelId);
    switch (event.eventName) {
      case "Accepted":
        state.acceptedAt = time;
        break;
      case "Deposited":
        // Seconds without funds until now are not owed later.
        if (state.acceptedAt !== 0) {
          state.unfundedSeconds = time - state.acceptedAt - fundedSeconds(state, header, time);
        }
        state.deposited += event.args.amount;
        this.#paidIn += event.args.amount;
        break;
      case "Claimed":
        state.exec = event.args.exec;
        break;
      case "Redeemed": {
        const account = accounts[Number(event.args.index)]!;
        state.metered += event.args.cumulative - account.metered;
        account.metered = event.args.cumulative;
        break;
      }
      case "Withdrawn":
        if (event.args.index === maxUint256) state.providerPaid += event.args.amount;
        else accounts[Number(event.args.index)]!.paid += event.args.amount;
        this.#paidOut += event.args.amount;
        break;
      case "UnlockStarted":
        state.unlockAt = event.args.unlockAt;
        break;
      case "UnlockCancelled":
        state.unlockAt = 0;
        break;
      case "Terminated":
        state.unlockAt = time;
        break;
      case "Refunded":
        state.deposited -= event.args.amount;
        this.#paidOut += event.args.amount;
        break;
      case "ChannelClosed":
        state.closed = true;
        break;
      default:
        throw new Error("unknown event", { cause: event });
    }
  }
}

type ChannelEvent = ReturnType<typeof parseEventLogs<typeof paymentChannelAbi, true>>[number];
