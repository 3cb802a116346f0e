import type { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import type { PinnedImage } from "./pinned-pod.ts";
import type { Deployment } from "./record.ts";

/** Events of deploying, updating and closing pods. */
export type PodEvent =
  /** An image was resolved to the platform manifest that will run. */
  | { readonly type: "image-pinned"; readonly image: PinnedImage }
  /** A channel of an earlier deployment of the same name is paid: it is used again, if the manifest is the same. */
  | { readonly type: "deployment-found"; readonly deployment: Deployment }
  /** The channel is on the chain, as deep as the provider demands. */
  | {
      readonly type: "channel-funded";
      readonly id: Hex;
      readonly block: bigint;
      readonly confirmations: number;
    }
  /** The provider admitted the pod. */
  | { readonly type: "pod-admitted"; readonly provider: string }
  | { readonly type: "pod-running"; readonly milliseconds: number }
  /** The provider shows other keys than the recorded ones, as after a restart; it is attested again. */
  | { readonly type: "provider-keys-changed"; readonly deployment: Deployment }
  /** The provider stopped the pod. */
  | { readonly type: "pod-stopped"; readonly provider: string }
  /** The provider did not stop the pod; closing goes on without it. `again`: the channel is unlocking already. */
  | { readonly type: "stop-failed"; readonly error: ApocError; readonly again: boolean }
  /** The provider took its last payment and ended the channel. */
  | { readonly type: "channel-terminated"; readonly id: Hex }
  /** The provider stopped the pod but did not end the channel in time: it is unlocked instead. */
  | { readonly type: "termination-missed"; readonly id: Hex; readonly milliseconds: number };
