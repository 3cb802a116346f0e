import {
  type ChannelTerms,
  encodePodRequest,
  type PodAction,
  type PodIdentity,
  type PodManifest,
  type PodRequest,
  type RequestAuthorization,
  type RequestInput,
  type RequestSigner,
  signRequest,
  walletRequests,
} from "@apoc/core";
import type { LocalAccount } from "viem";
import { type Clock, unixSeconds } from "../clock.ts";
import type { MemoryChain } from "./memory-chain.ts";
import { chainId, contract, provider, publisher } from "./sample-pod.ts";

/** Body of a request to deploy or update a pod. */
export function podRequest(
  channel: ChannelTerms,
  manifest: PodManifest,
  rest: Partial<PodRequest> = {},
): Uint8Array {
  return encodePodRequest({ version: 2, channel, manifest, grants: [], ...rest });
}

/** Signs requests as the publisher now, or as a test changes them. */
export function requestSigner(clock: Clock, chain: MemoryChain) {
  return async (
    action: PodAction,
    pod: PodIdentity,
    body: Uint8Array = new Uint8Array(),
    changes: Partial<RequestInput> & { signer?: LocalAccount; session?: RequestSigner } = {},
  ): Promise<RequestAuthorization> => {
    const { signer = publisher, session, ...input } = changes;
    const head = await chain.sources[0]!.head();
    return signRequest(
      {
        action,
        pod,
        provider: provider.address,
        body,
        block: chain.block(head.number - 1n),
        chainId,
        contract,
        now: unixSeconds(clock),
        ...input,
      },
      session ?? walletRequests({ signTypedData: (definition) => signer.signTypedData(definition as never) }),
    );
  };
}
