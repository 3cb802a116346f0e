export { type Archive, openArchive } from "./archive.ts";
export { type ArchiveWriter, createArchive } from "./archive-writer.ts";
export {
  type DecompressLayerOptions,
  decompressLayer,
  type LayerCompression,
  layerCompression,
} from "./decompress-layer.ts";
export * from "./docker-credentials.ts";
export * from "./file-content.ts";
export { takeFileLock } from "./file-lock.ts";
export * from "./ipfs/car-file.ts";
export * from "./ipfs/scratch-blocks.ts";
export * from "./layout.ts";
export * from "./normalize-layer.ts";
export * from "./open-destination.ts";
export * from "./open-source.ts";
