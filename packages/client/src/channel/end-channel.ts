import { type ChannelState, paymentChannelAbi } from "@apoc/core";
import { sendCall } from "../chain/send-call.ts";
import type { ClientPorts } from "../ports.ts";
import { type Channel, type ChannelAccount, readAccount } from "./account.ts";

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
  { chain, clock, signal }: Pick<ClientPorts, "chain" | "clock" | "signal">,
  channel: Channel,
  milliseconds = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const until = clock.now().getTime() + milliseconds;
  const pause = Math.min(2000, 4 * chain.client.pollingInterval);
  while (!hasEnded(await readAccount(chain, channel))) {
    if (clock.now().getTime() >= until) return false;
    await clock.sleep(pause, signal);
  }
  return true;
}

/** Starts the unlock, unless one runs or the provider has ended the channel meanwhile. Throws what `sendCall` throws. */
export async function startUnlock(
  { chain, signer }: Pick<ClientPorts, "chain" | "signer">,
  channel: Channel,
): Promise<void> {
  const isEnding = ({ unlockAt, closed }: ChannelState) => unlockAt !== 0 || closed;
  if (isEnding((await readAccount(chain, channel)).state)) return;
  try {
    await sendCall(chain, signer, {
      address: channel.contract,
      abi: paymentChannelAbi,
      functionName: "unlock",
      args: [channel.terms.header],
    });
  } catch (error) {
    if (!isEnding((await readAccount(chain, channel)).state)) throw error;
  }
}
