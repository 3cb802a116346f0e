import { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import { type ChannelState, runwaySeconds, shareCost } from "../channel/accrual.ts";
import type { ChannelTerms } from "../channel/wire.ts";
import { admissionErrors } from "../errors.ts";

/** What a channel must carry. */
export interface SolvencyPolicy {
  /** Fewest seconds for which the funds must last. */
  readonly minRunwaySeconds: number;
  /** Cumulative execution cost that is metered; what of it is not claimed yet counts as spent. */
  readonly metered: bigint;
}

/** What a confirmed block says about a channel that carries a pod. */
export type Solvency =
  | { readonly kind: "solvent" }
  /** It carries nothing now; a deposit can bring it back. */
  | { readonly kind: "insolvent"; readonly reason: ApocError }
  /** Closed, or its unlock has passed: no deposit brings it back. */
  | { readonly kind: "over"; readonly reason: ApocError };

/** Times in Unix seconds. */
export interface SolvencyTimes {
  readonly now: number;
  /** Time of the block at which the state was read. */
  readonly confirmedAt: number;
}

/** Whether a channel carries its pod: known, accepted, not unlocking, and funded for the policy's runway. */
export function judgeSolvency(
  channelId: Hex,
  channel: ChannelTerms,
  state: ChannelState,
  policy: SolvencyPolicy,
  { now, confirmedAt }: SolvencyTimes,
): Solvency {
  if (state.closed || state.unlockAt !== 0) {
    const reason = new ApocError(admissionErrors.FUNDS_UNLOCKING, {
      field: channelId,
      actual: state.closed ? "closed" : `unlocks at ${new Date(state.unlockAt * 1000).toISOString()}`,
      next: { action: "fund-channel", subject: channelId },
    });
    return { kind: isOver(state, confirmedAt) ? "over" : "insolvent", reason };
  }
  if (state.deposited === 0n) {
    const reason = new ApocError(admissionErrors.FUNDS_UNKNOWN, { field: channelId, actual: "no deposit" });
    return { kind: "insolvent", reason };
  }
  if (state.acceptedAt === 0) {
    return {
      kind: "insolvent",
      reason: new ApocError(admissionErrors.FUNDS_NOT_ACCEPTED, { field: channelId }),
    };
  }
  const runway = runwaySeconds(state, channel.header, now, reserved(channel, state, policy.metered));
  if (runway >= policy.minRunwaySeconds) return { kind: "solvent" };
  const reason = new ApocError(admissionErrors.FUNDS_RUNWAY, {
    field: channelId,
    expected: `funds for ${policy.minRunwaySeconds} s`,
    actual: `${runway} s`,
    next: { action: "fund-channel", subject: channelId },
  });
  return { kind: "insolvent", reason };
}

/** Whether a channel can never carry a pod again, at a block of this time (Unix seconds). */
function isOver({ closed, unlockAt }: ChannelState, at: number): boolean {
  return closed || (unlockAt !== 0 && unlockAt <= at);
}

/** Base units that can still be taken without time: unused vouchers, and usage that is not claimed with its shares. */
function reserved({ header, payees }: ChannelTerms, state: ChannelState, metered: bigint): bigint {
  const vouchers = payees.reduce((sum, payee) => sum + payee.meteredCap, 0n) - state.metered;
  const unclaimed = metered > state.exec ? metered - state.exec : 0n;
  return vouchers + unclaimed + shareCost(unclaimed, header.sumShare);
}
