import { type Address, concatHex, type Hex, isAddressEqual, keccak256 } from "viem";
import { z } from "zod";
import { addressSchema, bytes32Schema } from "../schema/hex.ts";

/** Whose pod, and which of theirs: the same at every provider and over every channel that pays for it. */
export interface PodIdentity {
  readonly publisher: Address;
  /** 32 bytes that the publisher chose: {@link podIdOf} the pod's first key. */
  readonly podId: Hex;
}

/** Most channels of one pod at one provider. */
export const maxPodChannels = 256;

/** Form of a {@link PodIdentity} on the wire. */
export const podIdentitySchema = z.strictObject({ publisher: addressSchema, podId: bytes32Schema });

/** The identity in 32 bytes, where one name is needed: keccak256 of the publisher's 20 bytes and the pod id. */
export function podUid({ publisher, podId }: PodIdentity): Hex {
  return keccak256(concatHex([publisher, podId]));
}

/**
 * The pod id that commits to a first key: keccak256 of the key's 65 bytes and 32 bytes of salt. The publisher's
 * transaction names the pod id, and so lets that key speak for the pod.
 */
export function podIdOf(key: Hex, salt: Hex): Hex {
  return keccak256(concatHex([key, salt]));
}

/** Whether both name the same pod. */
export function isSamePod(a: PodIdentity, b: PodIdentity): boolean {
  return a.podId === b.podId && isAddressEqual(a.publisher, b.publisher);
}
