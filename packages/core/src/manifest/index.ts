export { type LoadedPod, type LoadOptions, loadPodManifest } from "./load.ts";
export * from "./pod-manifest.ts";
export { validatePodManifest } from "./pod-manifest-schema.ts";
export * from "./quantity.ts";
export * from "./secrets.ts";
