import {
  type PodAction,
  type PodIdentity,
  type RequestAuthorization,
  type RequestSigner,
  signRequest,
} from "@apoc/core";
import type { Address } from "viem";
import type { ClientPorts } from "../ports.ts";

/** What a request to a provider is about. */
export interface PodRequestTarget {
  readonly pod: PodIdentity;
  readonly provider: Address;
}

/** Blocks below the head that are named: a provider's source may be a moment behind. */
const depth = 2n;

/** Signs a request with a block that this publisher sees, so that a provider on another chain is noticed. */
export async function authorize(
  { chain, clock }: Pick<ClientPorts, "chain" | "clock">,
  signer: RequestSigner,
  action: PodAction,
  { pod, provider }: PodRequestTarget,
  body: Uint8Array = new Uint8Array(),
): Promise<RequestAuthorization> {
  const head = await chain.client.getBlockNumber();
  const block = await chain.client.getBlock({ blockNumber: head > depth ? head - depth : 0n });
  return signRequest(
    {
      action,
      pod,
      provider,
      body,
      block: { number: block.number, hash: block.hash },
      chainId: chain.chainId,
      contract: chain.address("paymentChannel"),
      now: Math.floor(clock.now().getTime() / 1000),
    },
    signer,
  );
}
