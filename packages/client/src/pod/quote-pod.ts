import {
  admissionErrors,
  type CheckVerdict,
  executionRate,
  type PodIdentity,
  type PodPrice,
  priceBreakdown,
  type ProviderInfo,
  type Quote,
  type SignatureVerifier,
} from "@apoc/core";
import { ApocError, fromErrorDocument } from "@apoc/errors";
import { type Address, bytesToHex } from "viem";
import { type AttestedProvider, attestProvider } from "../attestation/attest-provider.ts";
import type { OpenChain } from "../chain/connect-chain.ts";
import { readToken, type Token } from "../chain/token.ts";
import { estimateOpeningFee } from "../channel/open-channel.ts";
import type { ClientPorts } from "../ports.ts";
import { chooseOffers, type TakenOffer } from "./choose-offers.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { pinImages } from "./pin-images.ts";
import type { PinnedPod } from "./pinned-pod.ts";
import { assertLongEnough, assertSameChain } from "./provider-match.ts";
import { verifyQuote } from "./verify-quote.ts";

/** What asking for a quote needs. */
export type QuotePorts = Pick<
  ClientPorts,
  "chain" | "policy" | "collateral" | "connect" | "images" | "clock" | "signal" | "onEvent"
>;

/** A pod with everything known that is needed to pay for it; nothing has been signed. */
export interface PodQuote {
  readonly pinned: PinnedPod;
  /** The caller closes it. */
  readonly provider: AttestedProvider;
  readonly info: ProviderInfo;
  readonly taken: readonly TakenOffer[];
  /** Verified: the channel that was asked for, at the announced price, signed where no check failed. */
  readonly quote: Quote;
  readonly token: Token;
  readonly price: PodPrice;
  /** Error of the first admission check that failed; the provider would refuse the pod. */
  readonly refusal: ApocError | undefined;
}

/**
 * Attests the provider, pins the images, takes the offers, gets a quote and verifies it. The caller closes `provider`.
 * Throws PROVIDER_CHAIN, DURATION_TOO_SHORT, OFFER_UNKNOWN, NO_OFFER, QUOTE_…, and what `attestProvider` throws.
 */
export async function quotePod(
  ports: QuotePorts,
  request: DeployRequest & { readonly publisher: Address },
): Promise<PodQuote> {
  const podId = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  const { chainId } = ports.chain;
  const provider = await attestProvider(ports, request.provider, { chainId });
  try {
    return await quoteAt(ports, provider, { ...request, podId });
  } catch (error) {
    await provider.close();
    throw error;
  }
}

/** The same at a provider that was attested, for a pod of this identity. */
export async function quoteAt(
  ports: QuotePorts,
  provider: AttestedProvider,
  request: DeployRequest & PodIdentity,
): Promise<PodQuote> {
  const { chain } = ports;
  const info = await provider.client.info();
  const token = await readToken(chain, chain.address("token"));
  assertSameChain(info, provider.address, chain, token.address);
  assertLongEnough(request.seconds, info);
  const pinned = await pinImages(ports, request.pod.manifest, info.platform);
  const contract = chain.address("paymentChannel");
  const rate = executionRate(pinned.manifest, info.prices);
  const seconds = BigInt(request.seconds);
  const wanted = request.offers ?? [];
  const place = { chain: chain.caip2, contract, token: token.address };
  const taken = chooseOffers(pinned, { ...place, wanted, rate, seconds });
  const asked = {
    publisher: request.publisher,
    token: token.address,
    podId: request.podId,
    payees: taken.map(({ payee }) => payee),
  };
  const quote = await provider.client.quote({ version: 1, ...asked, manifest: pinned.manifest });
  const known = { provider: provider.address, chainId: chain.chainId, contract, rate, policy: info.policy };
  const expected = { ...asked, ...known, now: await chainTime(ports) };
  await verifyQuote(quote, expected, chainSignatures(chain));
  return {
    pinned,
    provider,
    info,
    taken,
    quote,
    token,
    price: {
      breakdown: priceBreakdown(quote.channel, seconds),
      token,
      provider: new URL(provider.url).host,
      taken,
      networkFee: await estimateOpeningFee(chain, asked.payees.length),
      grace: quote.channel.header.grace,
    },
    refusal: failedCheck(quote.checks, provider.url),
  };
}

/** The error of the first check that failed, as the provider states it. */
function failedCheck(checks: readonly CheckVerdict[], provider: string): ApocError | undefined {
  const failed = checks.find(({ verdict }) => verdict === "fail");
  if (failed === undefined) return undefined;
  return (
    fromErrorDocument(failed.error) ??
    new ApocError(admissionErrors.PROVIDER_ANSWER, { field: `${provider} check ${failed.check}` })
  );
}

/** Signatures of key accounts and of contract wallets (ERC-1271). */
function chainSignatures(chain: OpenChain): SignatureVerifier {
  return (address, definition, signature) =>
    chain.client.verifyTypedData({ address, signature, ...definition } as Parameters<
      typeof chain.client.verifyTypedData
    >[0]);
}

/** The contract compares with the chain's time, which on a development chain may be ahead of ours. */
async function chainTime({ chain, clock }: Pick<ClientPorts, "chain" | "clock">): Promise<number> {
  const { timestamp } = await chain.client.getBlock();
  return Math.max(Number(timestamp), Math.floor(clock.now().getTime() / 1000));
}
