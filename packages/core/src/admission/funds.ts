import { judgeSolvency } from "../chain-view/solvency.ts";
import type { Check } from "./admission.ts";

/** Check 7: on the confirmed chain the channel is accepted, not unlocking, and funded for the minimum runway. */
export const checkFunds: Check = async ({ ports, provider, channel, channelId, confirmed, now }) => {
  const state = await ports.chain.channel(channelId, confirmed!.number);
  const { minRunwaySeconds } = provider.policy;
  const policy = { minRunwaySeconds, metered: 0n };
  const solvency = judgeSolvency(channelId, channel, state, policy, {
    now,
    confirmedAt: confirmed!.timestamp,
  });
  if (solvency.kind !== "solvent") throw solvency.reason;
};
