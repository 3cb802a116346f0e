import {
  channelId,
  channelLimits,
  type ChannelTerms,
  completeHeader,
  executionRate,
  type OperatingPolicy,
  type Quote,
  type QuoteRequest,
  quoteTypedData,
} from "@apoc/core";
import { type LocalAccount, zeroAddress } from "viem";
import type { AdmissionDesk } from "../admission/index.ts";
import { type Clock, unixSeconds } from "../clock.ts";

/** Seconds for which a quote can be accepted. */
const quoteLifetime = 600;

/** What a quote is made with. */
export interface QuoteParts {
  readonly desk: Pick<AdmissionDesk, "provider" | "assess">;
  readonly account: Pick<LocalAccount, "signTypedData">;
  readonly clock: Clock;
}

/**
 * Completes the channel's terms and runs what checks can be run. The quote is signed when none of them fails and
 * `admits` says that this provider takes new pods.
 */
export async function quotePod(
  { publisher, token, podId, manifest, payees }: QuoteRequest,
  { desk, account, clock }: QuoteParts,
  admits: () => boolean,
): Promise<Quote> {
  const { address, chainId, contract, prices, policy } = desk.provider;
  const header = completeHeader(
    {
      publisher,
      provider: address,
      token,
      podId,
      meter: zeroAddress,
      grace: quotedGrace(policy),
      acceptBy: unixSeconds(clock) + quoteLifetime,
      maxExecRate: executionRate(manifest, prices),
      execBurst: 0n,
    },
    payees,
  );
  const channel: ChannelTerms = { header, payees };
  const id = channelId(chainId, contract, header);
  const checks = await desk.assess(channel, manifest);
  const quote: Quote = { version: 1, checks, channel, channelId: id };
  if (!admits() || checks.some(({ verdict }) => verdict === "fail" || verdict === "skipped")) return quote;
  return { ...quote, signature: await account.signTypedData(quoteTypedData(chainId, contract, id)) };
}

/** Unlock delay of the channels that this provider quotes, in seconds. */
export function quotedGrace({ minGraceSeconds }: Pick<OperatingPolicy, "minGraceSeconds">): number {
  return Math.min(Math.max(minGraceSeconds, channelLimits.minGrace), channelLimits.maxGrace);
}
