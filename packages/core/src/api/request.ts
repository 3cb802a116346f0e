import type { Address, Hex, TypedDataDefinition } from "viem";
import type { PodIdentity } from "../pod/pod-identity.ts";
import type { PodScope } from "../pod/pod-key.ts";

/** What a provider can be asked to do with a pod, and the scope that a key of the pod needs for it. */
export const podActions = {
  deploy: "update",
  update: "update",
  status: "read",
  logs: "read",
  // Volumes go with the pod.
  delete: "data",
  // Keys are the wallet's: no key may give what it has not got.
  keys: undefined,
} as const satisfies Readonly<Record<string, PodScope | undefined>>;
export type PodAction = keyof typeof podActions;

/** Version of signed requests and of the body of a deployment. */
export const requestVersion = 2;

/** The signed part of a request: docs/spec/admission.md, "Request". */
export interface RequestAuthorization extends PodIdentity {
  readonly version: typeof requestVersion;
  readonly action: PodAction;
  /** Provider that is meant. */
  readonly provider: Address;
  /** keccak256 of the exact bytes of the body; of no bytes where there is none. */
  readonly bodyHash: Hex;
  /** Random; used once. */
  readonly nonce: Hex;
  /** Unix seconds. */
  readonly deadline: number;
  /** A recent block that the publisher sees: the provider must see the same. */
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  /** The key of the pod that signed; the publisher's wallet did where it is absent. */
  readonly key?: Hex;
  /** With the pod's first key: the salt from which, with the key, the pod id was made. */
  readonly salt?: Hex;
  readonly signature: Hex;
}

/** What is signed of an authorization. */
export type RequestMessage = Omit<RequestAuthorization, "version" | "key" | "salt" | "signature">;

const types = {
  PodRequest: [
    { name: "action", type: "string" },
    { name: "publisher", type: "address" },
    { name: "podId", type: "bytes32" },
    { name: "provider", type: "address" },
    { name: "bodyHash", type: "bytes32" },
    { name: "nonce", type: "bytes32" },
    { name: "deadline", type: "uint64" },
    { name: "blockNumber", type: "uint256" },
    { name: "blockHash", type: "bytes32" },
  ],
} as const;

/** The EIP-712 document behind an authorization; chain and contract are those of the pod's channels. */
export function requestTypedData(
  { action, publisher, podId, provider, bodyHash, nonce, deadline, blockNumber, blockHash }: RequestMessage,
  chainId: number,
  contract: Address,
): TypedDataDefinition {
  const numbers = { deadline: BigInt(deadline), blockNumber };
  return {
    domain: { name: "apoc provider", version: String(requestVersion), chainId, verifyingContract: contract },
    types,
    primaryType: "PodRequest",
    message: { action, publisher, podId, provider, bodyHash, nonce, ...numbers, blockHash },
  };
}
