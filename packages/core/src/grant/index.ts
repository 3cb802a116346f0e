export * from "./coco-layer-key.ts";
export * from "./grant.ts";
export * from "./grant-artifact.ts";
export * from "./grant-signature.ts";
export * from "./open-grant.ts";
export * from "./seal-grant.ts";
