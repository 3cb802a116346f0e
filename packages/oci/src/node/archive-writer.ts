import { ApocError } from "@apoc/errors";
import { encodeCanonicalJson } from "../encode-document.ts";
import { createHasher, parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import {
  configLimit,
  isIndexType,
  isManifestType,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from "../parse.ts";
import { readAll } from "../read-all.ts";
import { type Descriptor, type Digest, mediaTypes } from "../spec.ts";
import type { Content, Target } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { readEntry } from "./archive-entry.ts";
import { decompress, layerCompression, plainLimit } from "./decompress-layer.ts";
import { findInIndex, findReferrers, refName } from "./index-entries.ts";
import type { TarEntry } from "./tar-index.ts";
import { TarWriter } from "./tar-writer.ts";

/** An archive in the making. One of `finish` and `discard` ends it. */
export interface ArchiveWriter extends Target {
  readonly format: "oci" | "docker";
  /** Writes the table of contents and names the file. */
  finish(): Promise<void>;
  /** Leaves no file behind. */
  discard(): Promise<void>;
}

/**
 * Starts an archive at a path: `oci`, a tar of an image layout, or `docker`, what `docker load` and `podman load` read:
 * layers as plain tars, one image, no index and nothing encrypted, for which that format has no place.
 */
export async function createArchive(path: string, format: "oci" | "docker"): Promise<ArchiveWriter> {
  const tar = await TarWriter.create(path);
  return format === "oci" ? new OciArchiveWriter(tar) : new DockerArchiveWriter(tar);
}

abstract class TarTarget implements ArchiveWriter {
  abstract readonly format: "oci" | "docker";
  protected readonly tar: TarWriter;
  protected readonly blobs = new Map<Digest, TarEntry>();
  protected entries: Descriptor[] = [];

  constructor(tar: TarWriter) {
    this.tar = tar;
  }

  protected abstract store(descriptor: Descriptor, content: Content): Promise<void>;
  protected abstract writeIndex(): Promise<void>;

  async push(descriptor: Descriptor, content: Content | Uint8Array): Promise<void> {
    if (await this.exists(descriptor)) return;
    await this.store(descriptor, verifyContent(descriptor, content));
  }

  async exists({ digest }: Descriptor): Promise<boolean> {
    return this.blobs.has(digest);
  }

  async *fetch(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Content {
    const place = this.blobs.get(descriptor.digest);
    if (place === undefined) throw new ApocError(ociErrors.NOT_FOUND, { field: descriptor.digest });
    yield* verifyContent(descriptor, readEntry(this.tar.temporary, place), { signal: options.signal });
  }

  async resolve(reference: string): Promise<Descriptor> {
    const found = findInIndex(this.entries, reference);
    if (found === undefined) throw new ApocError(ociErrors.NOT_FOUND, { field: reference });
    return found;
  }

  referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    return findReferrers(this, this.entries, subject, artifactType);
  }

  async tag({ mediaType, digest, size, platform }: Descriptor, reference: string): Promise<void> {
    if (!this.blobs.has(digest)) throw new ApocError(ociErrors.NOT_FOUND, { field: digest });
    const entry: Descriptor = { mediaType, digest, size, annotations: { [refName]: reference } };
    if (platform !== undefined) entry.platform = platform;
    this.entries = this.entries.filter(
      (other) =>
        other.annotations?.[refName] !== reference &&
        (other.digest !== digest || other.annotations !== undefined),
    );
    this.entries.push(entry);
  }

  async finish(): Promise<void> {
    await this.writeIndex();
    await this.tar.finish();
  }

  discard(): Promise<void> {
    return this.tar.discard();
  }

  /** A manifest that gets no tag is listed by digest. */
  protected list(descriptor: Descriptor): void {
    const { mediaType, digest, size } = descriptor;
    this.entries.push({ mediaType, digest, size });
  }
}

class OciArchiveWriter extends TarTarget {
  readonly format = "oci";
  readonly #children = new Set<Digest>();

  protected async store(descriptor: Descriptor, content: Content): Promise<void> {
    const { algorithm, hex } = parseDigest(descriptor.digest);
    this.blobs.set(descriptor.digest, await this.tar.append(`blobs/${algorithm}/${hex}`, content));
    if (isManifestType(descriptor.mediaType)) this.list(descriptor);
    if (isIndexType(descriptor.mediaType)) {
      const { manifests } = parseIndex(await readAll(this, descriptor), {
        field: descriptor.digest,
        foreignLayers: "allow",
      });
      for (const { digest } of manifests) this.#children.add(digest);
      this.list(descriptor);
    }
  }

  /** What an index in the archive names is found there, and stands at the top only under a tag. */
  protected async writeIndex(): Promise<void> {
    const manifests = this.entries.filter(
      (entry) => entry.annotations !== undefined || !this.#children.has(entry.digest),
    );
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
    await this.tar.append("index.json", encodeCanonicalJson(index));
    await this.tar.append("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  }
}

/** A layer of a docker archive: its plain tar, under the digest of the layer it came from. */
interface PlainLayer {
  readonly name: string;
  readonly diffId: Digest;
}

class DockerArchiveWriter extends TarTarget {
  readonly format = "docker";
  readonly #layers = new Map<Digest, PlainLayer>();
  readonly #manifests = new Map<Digest, Uint8Array>();

  override async exists(descriptor: Descriptor): Promise<boolean> {
    const { digest } = descriptor;
    return this.#layers.has(digest) || this.#manifests.has(digest) || this.blobs.has(digest);
  }

  protected async store(descriptor: Descriptor, content: Content): Promise<void> {
    const { mediaType, digest } = descriptor;
    const { hex } = parseDigest(digest);
    if (mediaType === mediaTypes.config || mediaType === mediaTypes.dockerConfig) {
      this.blobs.set(digest, await this.tar.append(`${hex}.json`, content));
    } else if (isManifestType(mediaType)) {
      await this.#check(descriptor, content);
    } else {
      layerCompression(mediaType);
      await this.#layer(descriptor, content);
    }
  }

  async #layer(descriptor: Descriptor, content: Content): Promise<void> {
    const hasher = createHasher();
    async function* plain(): Content {
      let size = 0;
      for await (const chunk of decompress(descriptor, content)) {
        size += chunk.length;
        if (size > plainLimit) throw new ApocError(ociErrors.CONTENT_TOO_LARGE, { field: descriptor.digest });
        hasher.update(chunk);
        yield chunk;
      }
    }
    // The name is that of the layer as it came: the diffID is known when all is written.
    const name = `${parseDigest(descriptor.digest).hex}.tar`;
    await this.tar.append(name, plain());
    this.#layers.set(descriptor.digest, { name, diffId: hasher.digest() });
  }

  async #check(descriptor: Descriptor, content: Content): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const { config, layers } = parseManifest(bytes, { field: descriptor.digest });
    const { rootfs } = parseImageConfig(await readAll(this, config, { limit: configLimit }), {
      field: config.digest,
    });
    for (const [i, { digest }] of layers.entries()) {
      const actual = this.#layers.get(digest)?.diffId;
      if (actual !== rootfs.diff_ids[i]) {
        throw new ApocError(ociErrors.DIFF_ID_MISMATCH, {
          field: digest,
          expected: rootfs.diff_ids[i],
          actual,
        });
      }
    }
    this.#manifests.set(descriptor.digest, bytes);
    this.list(descriptor);
  }

  override async tag(descriptor: Descriptor, reference: string): Promise<void> {
    const entry = this.entries.find(({ digest }) => digest === descriptor.digest);
    if (entry === undefined) throw new ApocError(ociErrors.NOT_FOUND, { field: descriptor.digest });
    this.entries.push({ ...entry, annotations: { [refName]: reference } });
  }

  override async *fetch(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Content {
    const manifest = this.#manifests.get(descriptor.digest);
    if (manifest !== undefined) yield* verifyContent(descriptor, manifest);
    else yield* super.fetch(descriptor, options);
  }

  protected async writeIndex(): Promise<void> {
    const images = [...this.#manifests].map(([digest, bytes]) => {
      const { config, layers } = parseManifest(bytes, { field: digest });
      const named = this.entries.filter((entry) => entry.digest === digest);
      return {
        Config: `${parseDigest(config.digest).hex}.json`,
        RepoTags: named.flatMap((entry) => entry.annotations?.[refName] ?? []),
        Layers: layers.map((layer) => this.#layers.get(layer.digest)?.name ?? ""),
      };
    });
    await this.tar.append("manifest.json", encodeCanonicalJson(images));
  }
}
