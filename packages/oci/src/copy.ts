import { ApocError } from "@apoc/errors";
import { ociErrors } from "./errors.ts";
import { isIndexType, isManifestType, parseIndex, parseManifest } from "./parse.ts";
import { readAll } from "./read-all.ts";
import { resolvePlatform, type WantedPlatform } from "./resolve-platform.ts";
import type { Descriptor, Digest } from "./spec.ts";
import type { Content, Source, Target } from "./target.ts";

/** What happened to one piece of content. */
export interface CopyEvent {
  readonly kind: "copied" | "skipped";
  readonly descriptor: Descriptor;
}

export interface CopyOptions {
  /** Tags that the root gets in the target. */
  tags?: readonly string[];
  /** Copies only this platform's manifest of an index; the root is then that manifest. */
  platform?: WantedPlatform;
  /** Blobs copied at a time; 3 by default. */
  concurrency?: number;
  onProgress?: (event: CopyEvent) => void;
  signal?: AbortSignal;
}

export interface CopyResult {
  /** What `reference` resolved to, or its platform manifest. */
  root: Descriptor;
  copied: number;
  skipped: number;
  /** Bytes that were transferred. */
  bytes: number;
}

const maxDepth = 3;

/**
 * Copies an image with all it consists of: blobs first, then manifests, then the index, then tags, so that a target
 * never holds a manifest whose parts are missing. What the target has is not sent again.
 * @throws what reading, parsing and the two places throw; INDEX_TOO_DEEP, MEDIA_TYPE_UNSUPPORTED
 */
export async function copy(
  source: Source,
  reference: string,
  target: Target,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const resolved = await source.resolve(reference);
  const root =
    options.platform === undefined ? resolved : await resolvePlatform(source, resolved, options.platform);
  const result: CopyResult = { root, copied: 0, skipped: 0, bytes: 0 };
  await new GraphCopy(source, target, options, result).document(root, 0);
  for (const tag of options.tags ?? []) await target.tag(root, tag);
  return result;
}

class GraphCopy {
  readonly #source: Source;
  readonly #target: Target;
  readonly #options: CopyOptions;
  readonly #result: CopyResult;
  readonly #done = new Map<Digest, Promise<void>>();

  constructor(source: Source, target: Target, options: CopyOptions, result: CopyResult) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#result = result;
  }

  async document(descriptor: Descriptor, depth: number): Promise<void> {
    if (depth >= maxDepth) throw new ApocError(ociErrors.INDEX_TOO_DEEP, { field: descriptor.digest });
    if (await this.#target.exists(descriptor)) return this.#note("skipped", descriptor);
    const { signal } = this.#options;
    const bytes = await readAll(this.#source, descriptor, signal === undefined ? {} : { signal });
    const field = { field: descriptor.digest };
    if (isIndexType(descriptor.mediaType)) {
      for (const entry of parseIndex(bytes, field).manifests) await this.document(entry, depth + 1);
    } else if (isManifestType(descriptor.mediaType)) {
      const { config, layers } = parseManifest(bytes, field);
      await this.#blobs([config, ...layers]);
    } else {
      throw new ApocError(ociErrors.MEDIA_TYPE_UNSUPPORTED, { ...field, actual: descriptor.mediaType });
    }
    await this.#push(descriptor, bytes);
  }

  /** After a failure nothing new is started, and what runs is awaited, so that nothing happens behind the caller. */
  async #blobs(descriptors: readonly Descriptor[]): Promise<void> {
    const queue = [...descriptors];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          await this.#blob(next);
        } catch (error) {
          queue.length = 0;
          throw error;
        }
      }
    };
    const workers = Array.from({ length: this.#options.concurrency ?? 3 }, worker);
    for (const outcome of await Promise.allSettled(workers)) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  /** The same blob may be a layer twice, or of two platforms. */
  #blob(descriptor: Descriptor): Promise<void> {
    const running = this.#done.get(descriptor.digest);
    if (running !== undefined) return running;
    const started = this.#copyBlob(descriptor);
    this.#done.set(descriptor.digest, started);
    return started;
  }

  async #copyBlob(descriptor: Descriptor): Promise<void> {
    if (await this.#target.exists(descriptor)) return this.#note("skipped", descriptor);
    const { signal } = this.#options;
    await this.#push(descriptor, this.#source.fetch(descriptor, signal === undefined ? {} : { signal }));
  }

  async #push(descriptor: Descriptor, content: Content | Uint8Array): Promise<void> {
    this.#options.signal?.throwIfAborted();
    await this.#target.push(descriptor, content);
    this.#result.bytes += descriptor.size;
    this.#note("copied", descriptor);
  }

  #note(kind: CopyEvent["kind"], descriptor: Descriptor): void {
    this.#result[kind]++;
    this.#options.onProgress?.({ kind, descriptor });
  }
}
