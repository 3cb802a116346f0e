export { ContentStore } from "./content-store.ts";
export { ImagePuller, type ImagePullerOptions } from "./image-puller.ts";
export { buildVerifiedImage } from "./verified-image.ts";
export { verifyDiffId } from "./verify-diff-id.ts";
