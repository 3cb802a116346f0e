import { ApocError } from "@apoc/errors";
import { runwaySeconds } from "../channel/accrual.ts";
import { admissionErrors } from "../errors.ts";
import type { Check } from "./admission.ts";

/** Check 7: on the confirmed chain the channel is accepted, not unlocking, and funded for the minimum runway. */
export const checkFunds: Check = async ({ ports, provider, channel, channelId, confirmedBlock, now }) => {
  const state = await ports.chain.channel(channelId, confirmedBlock!);
  if (state.deposited === 0n) {
    throw new ApocError(admissionErrors.FUNDS_UNKNOWN, {
      field: channelId,
      actual: `no deposit up to block ${confirmedBlock}`,
    });
  }
  if (state.closed || state.unlockAt !== 0) {
    throw new ApocError(admissionErrors.FUNDS_UNLOCKING, {
      field: channelId,
      actual: state.closed ? "closed" : `unlocks at ${new Date(state.unlockAt * 1000).toISOString()}`,
      next: { action: "fund-channel", subject: channelId },
    });
  }
  if (state.acceptedAt === 0) throw new ApocError(admissionErrors.FUNDS_NOT_ACCEPTED, { field: channelId });
  const vouchers = channel.payees.reduce((sum, payee) => sum + payee.meteredCap, 0n) - state.metered;
  const runway = runwaySeconds(state, channel.header, now, vouchers);
  if (runway < provider.policy.minRunwaySeconds) {
    throw new ApocError(admissionErrors.FUNDS_RUNWAY, {
      field: channelId,
      expected: `funds for ${provider.policy.minRunwaySeconds} s`,
      actual: `${runway} s`,
      next: { action: "fund-channel", subject: channelId },
    });
  }
};
