import type { Descriptor, Digest } from "./spec.ts";

/** Bytes as they arrive. */
export type Content = AsyncIterable<Uint8Array>;

/** What every call of a place of images takes. */
export interface CallOptions {
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The start of some content, held from an earlier time. */
export interface ContentPart {
  /** Bytes; less than the whole. */
  readonly size: number;
  /** Returns the bytes, from the start at each call. */
  read(): Content;
}

/**
 * Reads content by descriptor. Size and digest are checked: of content up to 4 MiB nothing is given before both hold,
 * of larger content the last chunk is withheld until they do, and the iteration throws when they do not.
 */
export interface Fetcher {
  fetch(descriptor: Descriptor, options?: CallOptions): Content;
  /**
   * Returns what follows a part that is held already, without sending that part again. Part and rest are checked as one,
   * in the manner of `fetch`. Only places that can do it cheaply have it.
   */
  fetchRest?(descriptor: Descriptor, part: ContentPart, options?: CallOptions): Content;
}

/** Finds a descriptor by tag or digest within one repository. */
export interface Resolver {
  resolve(reference: string, options?: CallOptions): Promise<Descriptor>;
}

/** What images are read from. */
export interface Source extends Fetcher, Resolver {
  /**
   * All manifests whose `subject` is the given digest, as the place lists them (referrers API, or the tag fallback).
   * That they have this subject is known when they are fetched.
   */
  referrers(subject: Digest, artifactType?: string, options?: CallOptions): Promise<Descriptor[]>;
}

/** Content that an interrupted push left in a target. Its bytes go to nobody but the source that continues them. */
export interface InterruptedPush {
  /** Bytes that are there. */
  readonly size: number;
  /**
   * Gets the rest from a source and stores the whole after checking size and digest. A part that turns out to be wrong
   * is gone then (DIGEST_MISMATCH); after another failure it stays for a later time.
   */
  finish(
    source: Required<Pick<Fetcher, "fetchRest">>,
    options?: CallOptions & { onBytes?: ((count: number) => void) | undefined },
  ): Promise<void>;
  /** Abandons the part. */
  discard(): Promise<void>;
}

/** A place of images: registry repository, layout directory, memory. One repository each. */
export interface Target extends Source {
  exists(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
  /** Stores content after checking size and digest; storing what exists is no error. */
  push(descriptor: Descriptor, content: Content | Uint8Array, options?: CallOptions): Promise<void>;
  /** Points a tag at a manifest or index that is already stored. */
  tag(descriptor: Descriptor, reference: string, options?: CallOptions): Promise<void>;
  /** Takes a blob over from another repository without any bytes passing through here; gives whether that worked. */
  mount?(descriptor: Descriptor, from: Source, options?: CallOptions): Promise<boolean>;
  /** Takes over what an earlier push of the content left when its process died; another caller then does not get it. */
  interrupted?(descriptor: Descriptor): Promise<InterruptedPush | undefined>;
}
