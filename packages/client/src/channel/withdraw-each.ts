import { paymentChannelAbi } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import { type Address, type Hex, isAddressEqual, parseEventLogs, type TransactionReceipt } from "viem";
import type { ClientPorts } from "../ports.ts";
import type { WithdrawalFailure, Withdrawals, Withdrawn } from "./withdrawal.ts";

/** One transaction: the channels that it withdraws from, all in one token, and how it is sent. */
export interface WithdrawalCall {
  readonly channels: readonly Hex[];
  readonly token: Address;
  readonly send: () => Promise<TransactionReceipt>;
}

/**
 * Sends one transaction after the other. One that fails does not stop the others: whoever can make the token of one
 * channel fail must not hold back what others owe. Throws the reason of the signal only.
 */
export async function withdrawEach(
  { chain, signal, onEvent }: Pick<ClientPorts, "chain" | "signal" | "onEvent">,
  to: Address,
  calls: readonly WithdrawalCall[],
): Promise<Withdrawals> {
  const contract = chain.address("paymentChannel");
  const withdrawn: Withdrawn[] = [];
  const failures: WithdrawalFailure[] = [];
  for (const { channels, token, send } of calls) {
    try {
      for (const paid of paidBy(await send(), contract)) {
        const one = { ...paid, token, to };
        withdrawn.push(one);
        onEvent({ type: "withdrawn", withdrawn: one });
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isApocError(error)) throw error;
      const failure = { channels, error };
      failures.push(failure);
      onEvent({ type: "withdrawal-failed", failure });
    }
  }
  return { withdrawn, failures };
}

/** Index that the contract's event has for the provider. */
const providerIndex = (1n << 256n) - 1n;

/** What the contract says that it paid; a token may emit what it likes in the same transaction. */
function paidBy(
  { logs, transactionHash, blockNumber }: TransactionReceipt,
  contract: Address,
): Omit<Withdrawn, "token" | "to">[] {
  const own = logs.filter(({ address }) => isAddressEqual(address, contract));
  return parseEventLogs({ abi: paymentChannelAbi, eventName: "Withdrawn", logs: own }).map(({ args }) => ({
    channel: args.channelId,
    index: args.index === providerIndex ? undefined : Number(args.index),
    amount: args.amount,
    transaction: transactionHash,
    block: blockNumber,
  }));
}
