import { judgeSolvency } from "../chain-view/solvency.ts";
import { defineCheck } from "./check.ts";

/** Check 7: on the confirmed chain the channel is accepted, not unlocking, and funded for the minimum runway. */
export const funds = defineCheck({
  name: "funds",
  needs: ["freshness"],
  async run({ ports, provider, channel, channelId, now }, { freshness: { confirmed } }) {
    const state = await ports.chain.channel(channelId, confirmed.number);
    const policy = { minRunwaySeconds: provider.policy.minRunwaySeconds, metered: 0n };
    const times = { now, confirmedAt: confirmed.timestamp };
    const solvency = judgeSolvency(channelId, channel, state, policy, times);
    if (solvency.kind !== "solvent") throw solvency.reason;
  },
});
