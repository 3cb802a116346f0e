import type { ChannelAccount } from "../channel/account.ts";
import type { Deployment } from "./record.ts";

/** What a deployment is, in one word, by record and chain: the chain wins where they differ. */
export function describeState({ state }: Deployment, account: ChannelAccount | undefined): string {
  if (account === undefined) return state;
  const { state: channel, now } = account;
  if (channel.closed) return "closed";
  if (channel.deposited === 0n) return state === "opening" ? "not paid" : "closed";
  if (channel.unlockAt !== 0) return channel.unlockAt <= now ? "refundable" : "closing";
  if (account.runway === 0) return "out of funds";
  return state === "opening" ? "open" : state;
}
