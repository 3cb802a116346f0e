import type { PodSecrets } from "./pod-manifest.ts";

/** What loading needs from outside. */
export interface LoadOptions {
  /** Used where the document names no pod. */
  readonly defaultName: string;
  /** Reads a file that the manifest names for a secret, relative to the manifest. */
  readFile(path: string): Promise<Uint8Array>;
  /** Secrets given beside the manifest; they win over the ones in it. */
  readonly secrets?: PodSecrets;
}
