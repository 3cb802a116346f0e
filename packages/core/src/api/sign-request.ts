import { toHex } from "@apoc/encoding";
import { type Address, hashTypedData, type Hex, hexToBytes, keccak256, type TypedDataDefinition } from "viem";
import type { PodIdentity } from "../pod/pod-identity.ts";
import type { SessionKey } from "../pod/session-key.ts";
import type { TypedDataSigner } from "../signature.ts";
import {
  type PodAction,
  type RequestAuthorization,
  type RequestMessage,
  requestTypedData,
  requestVersion,
} from "./request.ts";

/** Who signs requests about a pod. */
export interface RequestSigner {
  sign(definition: TypedDataDefinition): Promise<Pick<RequestAuthorization, "key" | "salt" | "signature">>;
}

/** The publisher's wallet. */
export function walletRequests(wallet: Pick<TypedDataSigner, "signTypedData">): RequestSigner {
  return { sign: async (definition) => ({ signature: await wallet.signTypedData(definition) }) };
}

/** A key of the pod; `salt` goes with the key that the pod id commits to. */
export function sessionRequests(session: SessionKey, salt?: Hex): RequestSigner {
  return {
    sign: async (definition) => ({
      key: session.key,
      ...(salt === undefined ? {} : { salt }),
      signature: await session.sign(sessionMessage(definition)),
    }),
  };
}

/** What a key of a pod signs: the 32 bytes of the EIP-712 hash. */
export function sessionMessage(definition: TypedDataDefinition): Uint8Array {
  return hexToBytes(hashTypedData(definition));
}

/** What signing a request needs. */
export interface RequestInput {
  readonly action: PodAction;
  readonly pod: PodIdentity;
  readonly provider: Address;
  readonly body: Uint8Array;
  readonly block: { readonly number: bigint; readonly hash: Hex };
  readonly chainId: number;
  readonly contract: Address;
  /** Unix seconds now. */
  readonly now: number;
}

/** Seconds for which a request stays valid. */
export const requestLifetime = 120;

/** Signs a request. */
export async function signRequest(input: RequestInput, signer: RequestSigner): Promise<RequestAuthorization> {
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const message: RequestMessage = {
    action: input.action,
    publisher: input.pod.publisher,
    podId: input.pod.podId,
    provider: input.provider,
    bodyHash: keccak256(input.body),
    nonce: `0x${toHex(nonce)}`,
    deadline: input.now + requestLifetime,
    blockNumber: input.block.number,
    blockHash: input.block.hash,
  };
  const signed = await signer.sign(requestTypedData(message, input.chainId, input.contract));
  return { version: requestVersion, ...message, ...signed };
}
