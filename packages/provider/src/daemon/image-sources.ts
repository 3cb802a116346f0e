import type { ProviderConfig } from "../config/index.ts";
import { type ContentStore, ImagePuller } from "../images/index.ts";
import { createGuardedFetch } from "../network/index.ts";

/**
 * Fetches images by the operator's limits. `fetch` reaches registries, which strangers name; the gateways of IPFS are the
 * operator's own choice, and so reached wherever they are, but nothing else by way of them.
 */
export function createImagePuller(
  { images, development }: ProviderConfig,
  store: ContentStore,
  fetch: typeof globalThis.fetch,
): ImagePuller {
  const exceptions = images.ipfsGateways.map((url) => new URL(url).host);
  return new ImagePuller({
    store,
    maxImageBytes: images.maxImageBytes,
    fetch,
    ipfs: {
      gateways: images.ipfsGateways,
      fetch: createGuardedFetch({ exceptions, unguarded: development }),
    },
  });
}
