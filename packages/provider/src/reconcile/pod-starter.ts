import {
  type Admitted,
  apiErrors,
  openSecrets,
  parsePodRequest,
  type PodIdentity,
  type PodRequest,
  type PodSecrets,
  secretNames,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { AdmissionDesk } from "../admission/index.ts";
import { openLayerKeys, type ContentStore } from "../images/index.ts";
import type { AdmittedImage, DesiredPod } from "../runtime/index.ts";
import type { PodRecord } from "../state/index.ts";
import type { WrappingKey } from "../tee/index.ts";
import { buildDesiredPod } from "./desired-pod.ts";

/** Turns the stored intent of a pod into what a runtime is asked to run. */
export interface PodStarter {
  /** All checks again, at the prices of then. @throws of the first check that fails */
  readmit(pod: PodRecord): Promise<Admitted>;
  /** Opens secrets and the keys of layers. */
  desiredPod(pod: PodRecord, admitted: Admitted): Promise<DesiredPod>;
}

export interface PodStarterOptions {
  readonly desk: Pick<AdmissionDesk, "readmit">;
  readonly store: ContentStore;
  readonly wrappingKey: Pick<WrappingKey, "privateKey">;
}

/** Starts pods from admission, content store and the keys of this provider. */
export function createPodStarter(options: PodStarterOptions): PodStarter {
  const { desk, store, wrappingKey } = options;
  return {
    readmit: (pod) => desk.readmit(parsePodRequest(pod.request), pod.prices),
    async desiredPod(pod, { images: admitted, manifest }) {
      const request = parsePodRequest(pod.request);
      const images = new Map<string, AdmittedImage>();
      for (const [reference, image] of admitted) {
        images.set(reference, await openLayerKeys(image, store));
      }
      const { id, generation } = pod;
      const secrets = await openPodSecrets(pod, request, wrappingKey.privateKey);
      return buildDesiredPod({ id, generation, manifest, images, secrets });
    },
  };
}

/**
 * Opens what a request carries sealed and makes sure that nothing the manifest names is missing. Secrets are bound to
 * the pod.
 * @throws SECRETS_UNREADABLE, SECRETS_MISSING
 */
export async function openPodSecrets(
  pod: PodIdentity,
  { manifest, secrets }: Pick<PodRequest, "manifest" | "secrets">,
  wrappingKey: CryptoKey,
): Promise<PodSecrets> {
  const needed = secretNames(manifest);
  if (secrets === undefined) {
    if (needed.length === 0) return new Map();
    throw new ApocError(apiErrors.SECRETS_MISSING, { field: needed[0], expected: needed.join(", ") });
  }
  const opened = await openSecrets(secrets, pod, wrappingKey);
  const missing = needed.find((name) => !opened.has(name));
  if (missing !== undefined) throw new ApocError(apiErrors.SECRETS_MISSING, { field: missing });
  return opened;
}
