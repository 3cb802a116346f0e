export { type LoadedPod, loadPodManifest } from "./load.ts";
export type { LoadOptions } from "./load-options.ts";
export * from "./pod-manifest.ts";
export { validatePodManifest } from "./pod-manifest-schema.ts";
export * from "./quantity.ts";
export * from "./secrets.ts";
