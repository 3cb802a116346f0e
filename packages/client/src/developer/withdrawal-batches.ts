import { type Payee, payeeProof } from "@apoc/core";
import type { Earning } from "./earnings.ts";

/** How many channels one transaction withdraws from at most: well below what a block takes. */
const batchSize = 50;

/** Arguments of `withdrawMany` before the receiver, and the earnings that they are of. */
export interface WithdrawalBatch {
  readonly earnings: readonly Earning[];
  /** Each of the account's terms once. */
  readonly payees: readonly Payee[];
  readonly withdrawals: readonly {
    readonly header: Earning["channel"]["header"];
    /** Which of `payees`. */
    readonly payee: bigint;
    readonly index: bigint;
    readonly proof: readonly `0x${string}`[];
  }[];
}

/**
 * Puts earnings together that one call of `withdrawMany` can pay: of one token, at most 50. The token of one batch, if it
 * fails, cannot stop another (docs/spec/channel.md).
 */
export function batchWithdrawals(earnings: readonly Earning[]): WithdrawalBatch[] {
  const byToken = Map.groupBy(earnings, ({ channel }) => channel.header.token.toLowerCase());
  return [...byToken.values()].flatMap((same) => {
    const batches: WithdrawalBatch[] = [];
    for (let from = 0; from < same.length; from += batchSize) {
      batches.push(batchOf(same.slice(from, from + batchSize)));
    }
    return batches;
  });
}

function batchOf(earnings: readonly Earning[]): WithdrawalBatch {
  const payees = new Map<string, { readonly payee: Payee; readonly place: number }>();
  const withdrawals = earnings.map(({ channel, index }) => {
    const payee = channel.payees[index]!;
    const { to, imageDigest, licenseHash, oneTime, rate, share, meteredCap } = payee;
    const key = [to, imageDigest, licenseHash, oneTime, rate, share, meteredCap].join();
    const known = payees.get(key) ?? { payee, place: payees.size };
    payees.set(key, known);
    return {
      header: channel.header,
      payee: BigInt(known.place),
      index: BigInt(index),
      proof: payeeProof(channel.payees, index),
    };
  });
  return { earnings, payees: [...payees.values()].map(({ payee }) => payee), withdrawals };
}
