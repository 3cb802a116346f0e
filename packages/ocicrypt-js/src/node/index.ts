/**
 * Layer encryption from file to file in threads, for Node.
 * @module
 */
export {
  type DecryptedLayer,
  decryptLayerFile,
  type DecryptLayerFileOptions,
  encryptLayerFile,
} from "./layer-files.ts";
export type { PipelineOptions } from "./layer-pipeline.ts";
