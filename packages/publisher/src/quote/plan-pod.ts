import { randomBytes } from "node:crypto";
import {
  executionRate,
  type LoadedPod,
  priceBreakdown,
  type ProviderInfo,
  type Quote,
  type SignatureVerifier,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import { attestProvider } from "@apoc/terminal/attestation";
import { type AttestedProvider, type OpenChain, readToken, type Token } from "@apoc/client";
import { isAddressEqual } from "viem";
import { estimateOpeningFee } from "../channel/open-channel.ts";
import { publisherErrors } from "../errors.ts";
import { type PinnedPod, pinImages } from "../image/pin-images.ts";
import { chooseOffers, type TakenOffer } from "../offer/choose-offers.ts";
import type { BreakdownView } from "../price/render-breakdown.ts";
import { verifyQuote } from "./verify-quote.ts";

/** What a publisher decides about a pod. */
export interface PodWish {
  readonly pod: LoadedPod;
  readonly providerUrl: string;
  readonly publisher: `0x${string}`;
  /** Seconds that the deposit lasts. */
  readonly seconds: number;
  readonly offers: readonly string[];
  readonly policy: string | undefined;
}

/** A pod with everything known that is needed to pay for it; nothing has been signed. */
export interface PodPlan {
  readonly pinned: PinnedPod;
  readonly provider: AttestedProvider;
  readonly info: ProviderInfo;
  readonly taken: readonly TakenOffer[];
  readonly quote: Quote;
  readonly token: Token;
  readonly view: BreakdownView;
}

/** Seconds beyond the provider's minimum that pass until it looks at the funds. */
const runwayMargin = 60;

/**
 * Attests the provider, pins the images, takes the offers, gets a quote and verifies it. Tells on standard error what it
 * does. The caller closes `provider`.
 */
export async function planPod(ctx: Context, chain: OpenChain, wish: PodWish): Promise<PodPlan> {
  const { manifest } = wish.pod;
  const provider = await attestProvider(ctx, {
    url: wish.providerUrl,
    policy: wish.policy,
    expect: { chainId: chain.chainId },
  });
  try {
    const info = await provider.client.info();
    const token = await readToken(chain, chain.address("token"));
    assertSuits(info, provider, chain, token.address);
    assertLongEnough(wish.seconds, info.policy.minRunwaySeconds);
    const pinned = await pinImages(ctx, manifest, info.platform);
    for (const image of pinned.images.values()) {
      ctx.ui.detail(`${image.named} is ${image.reference}${image.license === undefined ? "" : ", licensed"}`);
    }
    const contract = chain.address("paymentChannel");
    const rate = executionRate(pinned.manifest, info.prices);
    const seconds = BigInt(wish.seconds);
    const taken = chooseOffers(pinned, {
      chain: chain.caip2,
      contract,
      token: token.address,
      wanted: wish.offers,
      rate,
      seconds,
    });
    const payees = taken.map(({ payee }) => payee);
    const podId: `0x${string}` = `0x${randomBytes(32).toString("hex")}`;
    const quote = await provider.client.quote({
      version: 1,
      publisher: wish.publisher,
      token: token.address,
      podId,
      manifest: pinned.manifest,
      payees,
    });
    await verifyQuote(
      quote,
      {
        publisher: wish.publisher,
        provider: provider.address,
        token: token.address,
        podId,
        chainId: chain.chainId,
        contract,
        payees,
        rate,
        policy: info.policy,
        now: await chainTime(chain),
      },
      chainSignatures(chain),
    );
    return {
      pinned,
      provider,
      info,
      taken,
      quote,
      token,
      view: {
        breakdown: priceBreakdown(quote.channel, seconds),
        token,
        provider: new URL(provider.url).host,
        taken,
        networkFee: await estimateOpeningFee(chain, payees.length),
        grace: quote.channel.header.grace,
      },
    };
  } catch (error) {
    await provider.close();
    throw error;
  }
}

/** Signatures of key accounts and of contract wallets (ERC-1271). */
function chainSignatures(chain: OpenChain): SignatureVerifier {
  return (address, definition, signature) =>
    chain.client.verifyTypedData({ address, signature, ...definition } as Parameters<
      typeof chain.client.verifyTypedData
    >[0]);
}

/** The contract compares with the chain's time, which on a development chain may be ahead of ours. */
async function chainTime(chain: OpenChain): Promise<number> {
  const { timestamp } = await chain.client.getBlock();
  return Math.max(Number(timestamp), Math.floor(Date.now() / 1000));
}

function assertSuits(
  info: ProviderInfo,
  provider: AttestedProvider,
  chain: OpenChain,
  token: `0x${string}`,
): void {
  const refuse = (field: string, expected: string, actual: string) => {
    throw new ApocError(publisherErrors.PROVIDER_CHAIN, {
      field,
      expected,
      actual,
      next: { action: "list-chains" },
    });
  };
  const contract = chain.address("paymentChannel");
  if (info.chainId !== chain.chainId) refuse("chain", chain.caip2, `eip155:${info.chainId}`);
  if (!isAddressEqual(info.provider, provider.address)) refuse("provider", provider.address, info.provider);
  if (!isAddressEqual(info.contract, contract)) refuse("contract", contract, info.contract);
  if (!info.tokens.some((one) => isAddressEqual(one, token))) {
    refuse("token", token, info.tokens.join(" or ") || "none");
  }
}

function assertLongEnough(seconds: number, minimum: number): void {
  if (seconds >= minimum + runwayMargin) return;
  throw new ApocError(publisherErrors.DURATION_TOO_SHORT, {
    field: "--for",
    expected: `at least ${minimum + runwayMargin} s`,
    actual: `${seconds} s`,
    next: { action: "pay-longer", subject: `${Math.ceil((minimum + runwayMargin) / 60)}m` },
  });
}
