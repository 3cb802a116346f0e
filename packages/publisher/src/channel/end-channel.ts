import { setTimeout as sleep } from "node:timers/promises";
import { type ChannelState, paymentChannelAbi } from "@apoc/core";
import { type OpenChain, sendCall, type Signer } from "@apoc/client";
import type { Deployment } from "../deployment/record.ts";
import { type ChannelAccount, readAccount } from "./channel-account.ts";

/** Whether the rest can be taken back: closed, terminated by the provider, or past the end of an unlock. */
export function hasEnded({ state, now }: Pick<ChannelAccount, "state" | "now">): boolean {
  return state.closed || (state.unlockAt !== 0 && state.unlockAt <= now);
}

/**
 * Waits until the channel has ended: by its provider's termination, or by the end of an unlock that runs.
 * @param milliseconds how long at most; without end unless given
 * @returns whether it has
 */
export async function waitForEnd(
  chain: OpenChain,
  deployment: Deployment,
  milliseconds = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const until = Date.now() + milliseconds;
  const pause = Math.min(2000, 4 * chain.client.pollingInterval);
  while (!hasEnded(await readAccount(chain, deployment))) {
    if (Date.now() >= until) return false;
    await sleep(pause, undefined, { signal: chain.signal });
  }
  return true;
}

/** Starts the unlock, unless one runs; where the provider has ended the channel meanwhile there is nothing to unlock. */
export async function startUnlock(chain: OpenChain, signer: Signer, deployment: Deployment): Promise<void> {
  const isEnding = ({ unlockAt, closed }: ChannelState) => unlockAt !== 0 || closed;
  if (isEnding((await readAccount(chain, deployment)).state)) return;
  try {
    await sendCall(chain, signer, {
      address: deployment.contract,
      abi: paymentChannelAbi,
      functionName: "unlock",
      args: [deployment.terms.header],
    });
  } catch (error) {
    if (!isEnding((await readAccount(chain, deployment)).state)) throw error;
  }
}
