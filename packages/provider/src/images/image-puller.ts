import { ApocError, type ErrorDescriptor, isApocError } from "@apoc/errors";
import { admissionErrors, apiErrors, type PulledImage } from "@apoc/core";
import {
  type CredentialSource,
  type Descriptor,
  type Digest,
  type GatewayOptions,
  configLimit,
  isManifestType,
  manifestLimit,
  type Manifest,
  mediaTypes,
  ociErrors,
  openReference,
  parseImageConfig,
  parseManifest,
  readAll,
  type Source,
  digestOfReference,
} from "@apoc/oci";
import { endedBy } from "../network/index.ts";
import type { ContentStore } from "./content-store.ts";

/** Blobs of one image that are fetched at the same time. */
const parallelBlobs = 3;

export interface ImagePullerOptions {
  readonly store: ContentStore;
  /** Bytes of one image. */
  readonly maxImageBytes: number;
  /** Reaches registries, which publishers name: to be guarded. */
  readonly fetch: typeof globalThis.fetch;
  readonly credentials?: CredentialSource;
  /** Where images in IPFS are fetched from: the operator's choice, and so reached by a fetch of its own. */
  readonly ipfs?: Pick<GatewayOptions, "gateways" | "fetch">;
  /** The repository of a reference; a client of its registry or of IPFS gateways unless given. */
  readonly openRepository?: (reference: string) => Source;
}

/** Fetches images by digest into the content store. Engines never pull: they are fed from here. */
export class ImagePuller {
  readonly #options: ImagePullerOptions;

  constructor(options: ImagePullerOptions) {
    this.#options = options;
  }

  /** Manifest and config, verified and stored. The signal ends all fetching. @throws IMAGE_UNAVAILABLE, IMAGE_DIGEST… */
  async pull(reference: string, signal?: AbortSignal): Promise<PulledImage> {
    return this.#checked(reference, () => this.#document(reference, signal));
  }

  /** Every blob of a pulled image, verified and stored. @throws as {@link pull} */
  async pullBlobs({ reference, manifest }: PulledImage): Promise<void> {
    await this.#checked(reference, () => this.#blobs(reference, manifest));
  }

  /** The repository in which an image lies, for what lies beside it. */
  repository(reference: string, signal?: AbortSignal): Source {
    const { openRepository, fetch, credentials, ipfs } = this.#options;
    if (openRepository !== undefined) return openRepository(reference);
    return openReference(reference, {
      credentials,
      fetch: signal === undefined ? fetch : endedBy(fetch, signal),
      ipfs,
      signal,
    }).source;
  }

  async #document(reference: string, signal: AbortSignal | undefined): Promise<PulledImage> {
    const { store } = this.#options;
    const digest = digestOfReference(reference);
    if (digest === undefined) {
      throw new ApocError(admissionErrors.IMAGE_NOT_PINNED, {
        field: reference,
        expected: "…@sha256:<digest>",
      });
    }
    const repository = this.repository(reference, signal);
    const descriptor = await this.#manifestDescriptor(repository, digest);
    await this.#keep(repository, descriptor, manifestLimit);
    const manifest = parseManifest(await readAll(store, descriptor), { field: reference });
    this.#assertSize(reference, manifest);
    await this.#keep(repository, manifest.config, configLimit);
    const bytes = await readAll(store, manifest.config, { limit: configLimit });
    return { reference, digest, manifest, config: parseImageConfig(bytes, { field: `${reference} config` }) };
  }

  /**
   * Read before the store is asked to take it: the store waits for whoever writes a blob, and nobody's slow registry
   * may keep others from an image of the same digest.
   */
  async #keep(repository: Source, descriptor: Descriptor, limit: number): Promise<void> {
    const { store } = this.#options;
    if (store.size(descriptor.digest) !== undefined) return;
    const bytes = await readAll(repository, descriptor, { limit });
    await store.ensure(descriptor, () => bytes);
  }

  /** What is stored needs no registry, so that a pod can restart while its registry is away. */
  async #manifestDescriptor(repository: Source, digest: Digest): Promise<Descriptor> {
    const size = this.#options.store.size(digest);
    if (size !== undefined) return { mediaType: mediaTypes.manifest, digest, size };
    const descriptor = await repository.resolve(digest);
    if (!isManifestType(descriptor.mediaType)) {
      throw new ApocError(admissionErrors.IMAGE_PLATFORM, {
        field: digest,
        expected: "the digest of a platform manifest",
        actual: descriptor.mediaType,
      });
    }
    return descriptor;
  }

  #assertSize(reference: string, { config, layers }: Manifest): void {
    const { maxImageBytes } = this.#options;
    const size = layers.reduce((sum, layer) => sum + layer.size, config.size);
    if (size > maxImageBytes || config.size > configLimit) {
      throw new ApocError(apiErrors.IMAGE_TOO_LARGE, {
        field: reference,
        expected: `at most ${maxImageBytes} bytes`,
        actual: `${size} bytes`,
      });
    }
  }

  async #blobs(reference: string, manifest: Manifest): Promise<void> {
    const { store } = this.#options;
    const repository = this.repository(reference);
    const unpin = store.pin(manifest.layers.map(({ digest }) => digest));
    const queue = [...manifest.layers];
    const abort = new AbortController();
    const worker = async () => {
      for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) {
        const blob = layer;
        await store.ensure(blob, () => repository.fetch(blob, { signal: abort.signal }));
      }
    };
    try {
      await Promise.all(Array.from({ length: parallelBlobs }, worker));
    } catch (error) {
      queue.length = 0;
      abort.abort(error);
      throw error;
    } finally {
      unpin();
    }
  }

  /** Failures become the codes of check `identity`, each naming the image. */
  async #checked<T>(reference: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isApocError(error)) {
        throw new ApocError(admissionErrors.IMAGE_UNAVAILABLE, { field: reference, cause: error });
      }
      const descriptor = admissionCode(error);
      if (descriptor === undefined) throw error;
      throw new ApocError(descriptor, {
        field: reference,
        expected: error.expected,
        actual: error.actual,
        detail: `${error.code} ${error.descriptor.title}${error.field === undefined ? "" : ` (${error.field})`}`,
        cause: error,
      });
    }
  }
}

const digestErrors: readonly string[] = [
  ociErrors.DIGEST_MISMATCH,
  ociErrors.SIZE_MISMATCH,
  ociErrors.BLOCK_MISMATCH,
].map((e) => e.code);

function admissionCode(error: ApocError): ErrorDescriptor | undefined {
  const number = Number(error.code.slice(-4));
  if (number >= 6000) return undefined;
  if (digestErrors.includes(error.code)) return admissionErrors.IMAGE_DIGEST;
  const { kind } = error.descriptor;
  return kind === "verification" ? admissionErrors.IMAGE_STRUCTURE : admissionErrors.IMAGE_UNAVAILABLE;
}
