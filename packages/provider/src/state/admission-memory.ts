import type { BlockStatement, Grant, PodKey } from "@apoc/core";
import type { Digest } from "@apoc/oci";

/**
 * What admission remembers: request nonces, keys of pods, grants it was given, monitors' statements. Each
 * method is one atomic step, durable when it resolves.
 */
export interface AdmissionMemory {
  /**
   * Remembers a nonce until `deadline` is past; both times are Unix seconds.
   * @returns whether it was used before
   */
  useNonce(nonce: string, deadline: number, now: number): Promise<boolean>;
  /**
   * Keeps what the wallet says about a key of a pod, for good once it is revoked. `pod` is its `podUid`.
   * @returns false, and changes nothing, when the key was revoked before, or the pod has too many
   */
  keepPodKey(pod: string, key: PodKey): Promise<boolean>;
  podKey(pod: string, key: string): Promise<PodKey | undefined>;
  /**
   * Keeps the grant of an image, key and developer that lasts longest. `now` is Unix milliseconds.
   * @returns false when there is no room
   */
  keepGrant(grant: Grant, now: number): Promise<boolean>;
  /** The grants of this developer only: anybody could upload what others sign for the same image. */
  grants(image: Digest, keyId: string, developer: string): Promise<Grant[]>;
  /** Keeps the last statement of each monitor. `now` is Unix milliseconds. */
  keepStatement(statement: BlockStatement, now: number): Promise<void>;
  statements(): Promise<BlockStatement[]>;
}
