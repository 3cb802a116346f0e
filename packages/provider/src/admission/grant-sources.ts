import {
  type Grant,
  type PulledImage,
  pullGrant,
  readImageLicense,
  verifyGrantSignature,
  type SignatureVerifier,
} from "@apoc/core";
import type { Clock } from "../clock.ts";
import type { ImagePuller } from "../images/index.ts";
import { describeError, type Log } from "../log.ts";
import type { State } from "../state/index.ts";

/**
 * Grants of an image for this provider's key: uploaded ones, ones found earlier, and the one beside the image. Found
 * ones are kept, so that a pod can restart while the registry is away. Where a grant comes from proves nothing; check
 * `grant` judges each.
 */
export function createGrantFinder(options: {
  readonly keyId: string;
  readonly puller: ImagePuller;
  readonly memory: State["memory"];
  readonly verifySignature: SignatureVerifier;
  readonly clock: Clock;
  readonly log: Log;
}): (image: PulledImage, signal?: AbortSignal) => Promise<readonly Grant[]> {
  const { keyId, puller, memory, verifySignature, clock, log } = options;
  return async (image, signal) => {
    const { reference, digest } = image;
    const developer = readImageLicense(image, reference)?.developer;
    if (developer === undefined) return [];
    const kept = await memory.grants(digest, keyId, developer);
    let beside: Grant | undefined;
    try {
      beside = await pullGrant(puller.repository(reference, signal), digest, keyId);
    } catch (error) {
      log.info(`grant beside ${reference}: ${describeError(error)}`);
    }
    if (beside === undefined) return kept;
    const known = kept.some((grant) => grant.signature === beside.signature);
    if (!known && (await verifyGrantSignature(beside, verifySignature)))
      await memory.keepGrant(beside, clock.wall());
    return known ? kept : [beside, ...kept];
  };
}
