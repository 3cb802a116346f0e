import type { Descriptor, Digest } from "./spec.ts";

/** Bytes as they arrive. */
export type Content = AsyncIterable<Uint8Array>;

/** Reads content by descriptor. Size and digest are checked: the last chunk is withheld until both hold. */
export interface Fetcher {
  fetch(descriptor: Descriptor, options?: { signal?: AbortSignal }): Content;
}

/** Finds a descriptor by tag or digest within one repository. */
export interface Resolver {
  resolve(reference: string): Promise<Descriptor>;
}

/** What images are read from. */
export interface Source extends Fetcher, Resolver {
  /** All manifests whose `subject` is the given digest (referrers API, or the tag fallback). */
  referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]>;
}

/** A place of images: registry repository, layout directory, memory. One repository each. */
export interface Target extends Source {
  exists(descriptor: Descriptor): Promise<boolean>;
  /** Stores content after checking size and digest; storing what exists is no error. */
  push(descriptor: Descriptor, content: Content | Uint8Array): Promise<void>;
  /** Points a tag at a manifest or index that is already stored. */
  tag(descriptor: Descriptor, reference: string): Promise<void>;
}
