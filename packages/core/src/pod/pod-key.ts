import type { Hex } from "viem";

/** What a key of a pod may do: `read` status and logs, `update` deploys and updates, `data` exports and deletes volumes. */
export const podScopes = ["read", "update", "data"] as const;
export type PodScope = (typeof podScopes)[number];

/** Scopes of the key that the pod id commits to. Volumes are in the hand of the wallet, and of keys that it trusts with them. */
export const firstKeyScopes: readonly PodScope[] = ["read", "update"];

/** What the wallet says about a key of its pod; the last word counts. */
export interface PodKey {
  /** P-256 point: `SessionKey.key`. */
  readonly key: Hex;
  /** Empty: the key is revoked, and cannot be added again. */
  readonly scopes: readonly PodScope[];
  /** Unix seconds from which the key says nothing any more; it lasts as long as the pod where absent. */
  readonly notAfter?: number;
}
