export * from "./busybox.ts";
export * from "./image.ts";
export * from "./layer-tar.ts";
export * from "./layout.ts";
