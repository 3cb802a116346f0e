import { ApocError } from "@apoc/errors";
import { isDigest } from "./digest.ts";
import { ociErrors } from "./errors.ts";
import { isIndexType, isManifestType, parseIndex, parseManifest } from "./parse.ts";
import { referrerDescriptor } from "./referrers.ts";
import type { Descriptor, Digest } from "./spec.ts";
import type { CallOptions, Content, Target } from "./target.ts";
import { verifyContent } from "./verify.ts";

/** A repository in memory, for tests and for images that never touch a disk. */
export class MemoryTarget implements Target {
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #manifests = new Map<Digest, Descriptor>();
  readonly #tags = new Map<string, Descriptor>();

  fetch(descriptor: Descriptor, options: CallOptions = {}): Content {
    return verifyContent(descriptor, this.#read(descriptor.digest), options);
  }

  async *#read(digest: Digest): Content {
    const bytes = this.#blobs.get(digest);
    if (bytes === undefined) throw notFound(digest);
    yield bytes.slice();
  }

  async resolve(reference: string): Promise<Descriptor> {
    const found = isDigest(reference) ? this.#manifests.get(reference) : this.#tags.get(reference);
    if (found === undefined) throw notFound(reference);
    return { ...found };
  }

  async referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    const found: Descriptor[] = [];
    for (const descriptor of this.#manifests.values()) {
      const bytes = this.#blobs.get(descriptor.digest) as Uint8Array;
      const options = { foreignLayers: "allow" } as const;
      const document = isIndexType(descriptor.mediaType)
        ? parseIndex(bytes, options)
        : parseManifest(bytes, options);
      if (document.subject?.digest !== subject) continue;
      const entry = referrerDescriptor(descriptor, document);
      if (artifactType === undefined || entry.artifactType === artifactType) found.push(entry);
    }
    return found;
  }

  async exists(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.has(descriptor.digest);
  }

  async push(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    options: CallOptions = {},
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of verifyContent(descriptor, content, options)) chunks.push(chunk);
    const bytes = new Uint8Array(descriptor.size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    if (isManifestType(descriptor.mediaType)) parseManifest(bytes, { foreignLayers: "allow" });
    if (isIndexType(descriptor.mediaType)) parseIndex(bytes, { foreignLayers: "allow" });
    this.#blobs.set(descriptor.digest, bytes);
    if (isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType)) {
      const { mediaType, digest, size } = descriptor;
      this.#manifests.set(digest, { mediaType, digest, size });
    }
  }

  async tag(descriptor: Descriptor, reference: string): Promise<void> {
    const stored = this.#manifests.get(descriptor.digest);
    if (stored === undefined) throw notFound(descriptor.digest);
    this.#tags.set(reference, stored);
  }
}

function notFound(field: string): ApocError {
  return new ApocError(ociErrors.NOT_FOUND, { field });
}
