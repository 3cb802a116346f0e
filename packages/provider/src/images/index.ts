export { ContentDigests } from "./content-digests.ts";
export { ContentStore } from "./content-store.ts";
export { ImagePuller, type ImagePullerOptions } from "./image-puller.ts";
export { openLayerKeys } from "./open-layer-keys.ts";
export { verifyDiffId } from "./verify-diff-id.ts";
