import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "./errors.ts";
import { isIndexType, isManifestType, parseIndex, parseManifest } from "./parse.ts";
import { readAll } from "./read-all.ts";
import { resolvePlatform, type WantedPlatform } from "./resolve-platform.ts";
import type { Descriptor, Digest, Index, Manifest } from "./spec.ts";
import type { CallOptions, Source, Target } from "./target.ts";
import { observeContent } from "./verify.ts";

/**
 * What happens to one piece of content. `started`, then `progress` as bytes arrive, then one of `copied`, `resumed`
 * (an earlier copy had left the first part), `mounted` (the registry took it from another repository), or `skipped`
 * alone when it was there.
 */
export interface CopyEvent {
  readonly kind: "started" | "progress" | "copied" | "resumed" | "mounted" | "skipped";
  readonly descriptor: Descriptor;
  /** Bytes of it that have passed so far, of `descriptor.size`. */
  readonly bytes: number;
}

export interface CopyOptions extends CallOptions {
  /** Tags that the root gets in the target. */
  tags?: readonly string[];
  /** Copies only this platform's manifest of an index; the root is then that manifest. */
  platform?: WantedPlatform;
  /** Blobs and manifests copied at a time; 3 by default. */
  concurrency?: number;
  /** Copies what refers to the root, too, and what refers to that: all, or these artifact types. */
  referrers?: boolean | readonly string[];
  onProgress?: (event: CopyEvent) => void;
}

export interface CopyResult {
  /** What `reference` resolved to, or its platform manifest. */
  root: Descriptor;
  /** Pieces that were transferred, of which `resumed` in part. */
  copied: number;
  resumed: number;
  mounted: number;
  skipped: number;
  /** Bytes that were transferred. */
  bytes: number;
}

const maxDepth = 3;
const maxAttempts = 3;
/** Most manifests and indexes of one copy. */
const maxDocuments = 10_000;

/**
 * Copies an image with all it consists of: blobs first, then manifests, then the index, then tags, then what refers to
 * it, so that a target never holds a manifest whose parts are missing. What the target has is not sent again; a copy
 * that broke, even by the death of its process, is taken up by calling this again.
 * @throws what reading, parsing and the two places throw; INDEX_TOO_DEEP, GRAPH_TOO_LARGE, MEDIA_TYPE_UNSUPPORTED,
 * SUBJECT_MISMATCH
 */
export async function copy(
  source: Source,
  reference: string,
  target: Target,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const { signal, platform, referrers } = options;
  const resolved = await source.resolve(reference, { signal });
  const root =
    platform === undefined ? resolved : await resolvePlatform(source, resolved, platform, { signal });
  const result: CopyResult = { root, copied: 0, resumed: 0, mounted: 0, skipped: 0, bytes: 0 };
  const graph = new GraphCopy(source, target, options, result);
  await graph.document(root, 0);
  for (const tag of options.tags ?? []) await target.tag(root, tag, { signal });
  if (referrers !== undefined && referrers !== false) {
    await graph.referrers(root.digest, referrers === true ? undefined : referrers, 0);
  }
  return result;
}

class GraphCopy {
  readonly #source: Source;
  readonly #target: Target;
  readonly #options: CopyOptions;
  readonly #call: CallOptions;
  readonly #result: CopyResult;
  readonly #done = new Map<Digest, Promise<void>>();
  readonly #turns: Turns;
  #documents = 0;

  constructor(source: Source, target: Target, options: CopyOptions, result: CopyResult) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#call = { signal: options.signal };
    this.#result = result;
    this.#turns = new Turns(Math.max(1, options.concurrency ?? 3), options.signal);
  }

  /** The same manifest may be in several indexes. */
  document(descriptor: Descriptor, depth: number): Promise<void> {
    return this.#once(descriptor.digest, () => this.#copyDocument(descriptor, depth, undefined));
  }

  async referrers(
    subject: Digest,
    artifactTypes: readonly string[] | undefined,
    depth: number,
  ): Promise<void> {
    if (depth >= maxDepth) return;
    const listed = await this.#source.referrers(subject, undefined, this.#call);
    for (const entry of listed) {
      if (artifactTypes !== undefined && !artifactTypes.includes(entry.artifactType ?? "")) continue;
      await this.#once(entry.digest, () => this.#copyDocument(entry, 0, subject));
      await this.referrers(entry.digest, artifactTypes, depth + 1);
    }
  }

  #once(digest: Digest, work: () => Promise<void>): Promise<void> {
    const running = this.#done.get(digest);
    if (running !== undefined) return running;
    const started = work();
    this.#done.set(digest, started);
    return started;
  }

  async #copyDocument(descriptor: Descriptor, depth: number, subject: Digest | undefined): Promise<void> {
    const { digest: field, mediaType } = descriptor;
    if (depth >= maxDepth) throw new ApocError(ociErrors.INDEX_TOO_DEEP, { field });
    if (++this.#documents > maxDocuments) {
      throw new ApocError(ociErrors.GRAPH_TOO_LARGE, {
        field,
        expected: `at most ${maxDocuments} manifests`,
      });
    }
    const { signal } = this.#options;
    const bytes = await this.#turns.take(async () => {
      if (await this.#target.exists(descriptor, this.#call)) return undefined;
      return readAll(this.#source, descriptor, signal === undefined ? {} : { signal });
    });
    if (bytes === undefined) return this.#note("skipped", descriptor);
    let document: Manifest | Index;
    if (isIndexType(mediaType)) {
      document = parseIndex(bytes, { field });
      this.#checkSubject(document, subject, field);
      await all(document.manifests.map((entry) => this.document(entry, depth + 1)));
    } else if (isManifestType(mediaType)) {
      document = parseManifest(bytes, { field });
      this.#checkSubject(document, subject, field);
      await all([document.config, ...document.layers].map((blob) => this.#blob(blob)));
    } else {
      throw new ApocError(ociErrors.MEDIA_TYPE_UNSUPPORTED, { field, actual: mediaType });
    }
    await this.#turns.take(() => this.#target.push(descriptor, bytes, this.#call));
    this.#result.bytes += descriptor.size;
    this.#note("copied", descriptor);
  }

  #checkSubject({ subject }: Manifest | Index, expected: Digest | undefined, field: string): void {
    if (expected === undefined || subject?.digest === expected) return;
    throw new ApocError(ociErrors.SUBJECT_MISMATCH, { field, expected, actual: subject?.digest });
  }

  /** The same blob may be a layer twice, or of two platforms. */
  #blob(descriptor: Descriptor): Promise<void> {
    return this.#once(descriptor.digest, () => this.#turns.take(() => this.#copyBlob(descriptor)));
  }

  async #copyBlob(descriptor: Descriptor): Promise<void> {
    if (await this.#target.exists(descriptor, this.#call)) return this.#note("skipped", descriptor);
    if ((await this.#target.mount?.(descriptor, this.#source, this.#call)) === true) {
      return this.#note("mounted", descriptor);
    }
    this.#note("started", descriptor);
    if (await this.#resume(descriptor)) return this.#note("resumed", descriptor);
    for (let attempt = 1; ; attempt++) {
      try {
        let bytes = 0;
        const count = (length: number) => this.#progress(descriptor, (bytes += length), length);
        const content = observeContent(this.#source.fetch(descriptor, this.#call), count);
        await this.#target.push(descriptor, content, this.#call);
        return this.#note("copied", descriptor);
      } catch (error) {
        // The registry has dropped its part of the blob: read it again.
        if (attempt >= maxAttempts || !isApocError(error, ociErrors.UPLOAD_LOST)) throw error;
      }
    }
  }

  /** Goes on where an earlier process stopped. A part that turns out to be wrong is dropped, and all is fetched. */
  async #resume(descriptor: Descriptor): Promise<boolean> {
    const source = this.#source;
    if (!canContinue(source)) return false;
    const part = await this.#target.interrupted?.(descriptor);
    if (part === undefined) return false;
    let bytes = part.size;
    const onBytes = (count: number) => this.#progress(descriptor, (bytes += count), count);
    try {
      await part.finish(source, { ...this.#call, onBytes });
      return true;
    } catch (error) {
      if (isApocError(error, ociErrors.DIGEST_MISMATCH)) return false;
      throw error;
    }
  }

  #progress(descriptor: Descriptor, bytes: number, count: number): void {
    this.#result.bytes += count;
    this.#options.onProgress?.({ kind: "progress", descriptor, bytes });
  }

  #note(kind: Exclude<CopyEvent["kind"], "progress">, descriptor: Descriptor): void {
    if (kind === "copied" || kind === "resumed") this.#result.copied++;
    if (kind === "resumed" || kind === "mounted" || kind === "skipped") this.#result[kind]++;
    const bytes = kind === "started" ? 0 : descriptor.size;
    this.#options.onProgress?.({ kind, descriptor, bytes });
  }
}

function canContinue(source: Source): source is Source & Required<Pick<Source, "fetchRest">> {
  return source.fetchRest !== undefined;
}

/** Lets so much work run at a time. After a failure nothing that waits is begun. */
class Turns {
  #free: number;
  readonly #signal: AbortSignal | undefined;
  #failed: { error: unknown } | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number, signal: AbortSignal | undefined) {
    this.#free = count;
    this.#signal = signal;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      this.#signal?.throwIfAborted();
      if (this.#failed !== undefined) throw this.#failed.error;
      return await work();
    } catch (error) {
      this.#failed ??= { error };
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/** Waits for all even when one fails, so that nothing happens behind the caller, and then throws the first failure. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
