export { type Archive, openArchive } from "./archive.ts";
export * from "./decompress-layer.ts";
export * from "./docker-credentials.ts";
export * from "./file-content.ts";
export * from "./layout.ts";
export * from "./normalize-layer.ts";
export * from "./open-source.ts";
