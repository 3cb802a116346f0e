import { ApocError } from "@apoc/errors";
import { encodeCanonicalJson } from "../canonical-json.ts";
import { createHasher, isDigest, parseDigest, sha256Digest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isIndexType, isManifestType, manifestLimit, parseIndex, parseManifest } from "../parse.ts";
import { parseReference, type Reference } from "../reference.ts";
import { addReferrer, referrerDescriptor, referrersTag } from "../referrers.ts";
import { type Descriptor, type Digest, type Index, mediaTypes } from "../spec.ts";
import type { Content, Target } from "../target.ts";
import { verifyContent } from "../verify.ts";
import type { CredentialSource } from "./credentials.ts";
import { readLimited, responseError } from "./response-error.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import { uploadBlob } from "./upload.ts";

export interface RemoteRepositoryOptions
  extends Omit<TransportOptions, "registry" | "repository" | "credentials"> {
  /** `registry/repository`, with or without tag and digest, which are left to the calls. */
  reference: string | Reference;
  credentials?: CredentialSource | undefined;
  /** Size of an upload chunk, and the most that goes in one request; 8 MiB by default. */
  chunkSize?: number | undefined;
}

const accept = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
].join(", ");
/** Pages of a referrers list that are read. */
const maxPages = 50;

/**
 * A repository of a registry that speaks the OCI distribution specification 1.1. HTTPS, except for hosts of this
 * machine or with `plainHttp`.
 *
 * Every call may throw REGISTRY_UNREACHABLE, REGISTRY_UNAVAILABLE, REGISTRY_UNAUTHORIZED, REGISTRY_DENIED,
 * REGISTRY_NAME_UNKNOWN, REGISTRY_REFUSED, REGISTRY_PROTOCOL; what is read is verified as {@link Target} says.
 */
export class RemoteRepository implements Target {
  /** Registry and repository only. */
  readonly reference: Reference;
  readonly #transport: Transport;
  readonly #chunkSize: number;

  constructor(options: RemoteRepositoryOptions) {
    const { registry, repository } =
      typeof options.reference === "string" ? parseReference(options.reference) : options.reference;
    this.reference = { registry, repository };
    this.#transport = new Transport({ ...options, registry, repository });
    this.#chunkSize = options.chunkSize ?? 8 * 1024 * 1024;
  }

  async *fetch(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Content {
    const manifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType);
    parseDigest(descriptor.digest);
    const response = await this.#transport.send({
      method: "GET",
      target: `${manifest ? "manifests" : "blobs"}/${descriptor.digest}`,
      action: "pull",
      headers: manifest ? { accept: descriptor.mediaType } : {},
      signal: options.signal,
    });
    if (response.status !== 200) throw await this.#error(response, descriptor.digest);
    yield* verifyContent(descriptor, this.#body(response, descriptor.digest), { signal: options.signal });
  }

  /**
   * Finds a manifest by tag or digest. The digest of a tag is the one of its bytes as the registry states it; the
   * bytes are checked against it when they are fetched. Where it states none, the bytes are fetched and hashed now.
   */
  async resolve(reference: string): Promise<Descriptor> {
    if (!isDigest(reference)) parseReference(`localhost/x:${reference}`);
    const target = `manifests/${reference}`;
    const head = await this.#transport.send({
      method: "HEAD",
      target,
      action: "pull",
      headers: { accept },
    });
    await head.body?.cancel();
    if (head.status === 200) {
      const stated = this.#stated(head);
      if (stated !== undefined) return checked(stated, reference);
    }
    // Only GET tells in its body why; but a registry that is overloaded is not asked again.
    if (head.status === 429 || (head.status >= 500 && head.status !== 501)) {
      throw await this.#error(head, reference);
    }
    const response = await this.#transport.send({
      method: "GET",
      target,
      action: "pull",
      headers: { accept },
    });
    if (response.status !== 200) throw await this.#error(response, reference);
    const bytes = await readLimited(response, manifestLimit);
    const header = response.headers.get("docker-content-digest");
    const algorithm = isDigest(reference) ? parseDigest(reference).algorithm : "sha256";
    const hasher = createHasher(algorithm);
    hasher.update(bytes);
    const digest = hasher.digest();
    if (header?.startsWith(`${algorithm}:`) === true && header !== digest) {
      throw new ApocError(ociErrors.DIGEST_MISMATCH, { field: reference, expected: header, actual: digest });
    }
    return checked({ mediaType: contentType(response), digest, size: bytes.length }, reference);
  }

  async referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    parseDigest(subject);
    const query = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
    let next: string | URL = `referrers/${subject}${query}`;
    const found: Descriptor[] = [];
    for (let page = 0; page < maxPages; page++) {
      const response: Response = await this.#transport.send({ method: "GET", target: next, action: "pull" });
      const type = contentType(response);
      if (response.status !== 200 || type !== mediaTypes.index) {
        if (response.status !== 404 && response.status !== 200) throw await this.#error(response, subject);
        await response.body?.cancel();
        found.push(...(await this.#fallback(subject)).manifests);
        break;
      }
      found.push(...parseIndex(await readLimited(response, manifestLimit), { field: "referrers" }).manifests);
      const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
      if (link === undefined) break;
      next = new URL(link, this.#transport.origin);
      if (next.origin !== this.#transport.origin) break;
    }
    return found.filter((entry) => artifactType === undefined || entry.artifactType === artifactType);
  }

  async exists(descriptor: Descriptor): Promise<boolean> {
    const manifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType);
    const response = await this.#transport.send({
      method: "HEAD",
      target: `${manifest ? "manifests" : "blobs"}/${descriptor.digest}`,
      action: "pull",
      headers: manifest ? { accept } : {},
    });
    await response.body?.cancel();
    if (response.status === 200) return true;
    if (response.status === 404) return false;
    throw await this.#error(response, descriptor.digest);
  }

  async push(descriptor: Descriptor, content: Content | Uint8Array): Promise<void> {
    parseDigest(descriptor.digest);
    if (!isManifestType(descriptor.mediaType) && !isIndexType(descriptor.mediaType)) {
      return uploadBlob(this.#transport, descriptor, content, { chunkSize: this.#chunkSize });
    }
    await this.#putManifest(descriptor, await gather(descriptor, content), descriptor.digest);
  }

  async tag(descriptor: Descriptor, reference: string): Promise<void> {
    await this.#putManifest(descriptor, await gather(descriptor, this.fetch(descriptor)), reference);
  }

  async #putManifest(descriptor: Descriptor, bytes: Uint8Array, reference: string): Promise<void> {
    const options = { field: descriptor.digest, foreignLayers: "allow" } as const;
    const document = isIndexType(descriptor.mediaType)
      ? parseIndex(bytes, options)
      : parseManifest(bytes, options);
    const response = await this.#transport.send({
      method: "PUT",
      target: `manifests/${reference}`,
      action: "push",
      headers: { "content-type": descriptor.mediaType },
      body: bytes,
    });
    if (response.status !== 201) throw await this.#error(response, reference);
    await response.body?.cancel();
    const { subject } = document;
    // A registry that knows the referrers API says so here (distribution-spec, "Pushing Manifests with Subject").
    if (subject === undefined || response.headers.get("oci-subject") === subject.digest) return;
    const list = await this.#fallback(subject.digest);
    const index = addReferrer(list.manifests, referrerDescriptor(descriptor, document));
    const indexBytes = encodeCanonicalJson(index);
    await this.#putManifest(
      { mediaType: mediaTypes.index, digest: sha256Digest(indexBytes), size: indexBytes.length },
      indexBytes,
      referrersTag(subject.digest),
    );
  }

  /** The referrers list under its tag, for registries without the API; empty when there is none. */
  async #fallback(subject: Digest): Promise<Index> {
    const empty: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    const response = await this.#transport.send({
      method: "GET",
      target: `manifests/${referrersTag(subject)}`,
      action: "pull",
      headers: { accept: mediaTypes.index },
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return empty;
    }
    if (response.status !== 200) throw await this.#error(response, subject);
    return parseIndex(await readLimited(response, manifestLimit), { field: referrersTag(subject) });
  }

  #stated(response: Response): Descriptor | undefined {
    const digest = response.headers.get("docker-content-digest");
    const length = response.headers.get("content-length");
    const mediaType = contentType(response);
    if (digest === null || !isDigest(digest) || length === null || !/^\d+$/.test(length)) return undefined;
    return isManifestType(mediaType) || isIndexType(mediaType)
      ? { mediaType, digest, size: Number(length) }
      : undefined;
  }

  /** Breaks of the connection while a body arrives become coded errors. */
  async *#body(response: Response, field: string): Content {
    try {
      yield* response.body ?? [];
    } catch (cause) {
      if (cause instanceof ApocError) throw cause;
      if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
      throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, { field, actual: "the body broke off", cause });
    }
  }

  async #error(response: Response, field: string): Promise<ApocError> {
    const { registry, repository } = this.reference;
    const separator = isDigest(field) ? "@" : ":";
    return responseError(response, `${registry}/${repository}${separator}${field}`, registry);
  }
}

function contentType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
}

/** Asked for by digest, only that digest will do, and only a manifest in any case. */
function checked(descriptor: Descriptor, reference: string): Descriptor {
  if (isDigest(reference) && descriptor.digest !== reference) {
    throw new ApocError(ociErrors.DIGEST_MISMATCH, {
      field: reference,
      expected: reference,
      actual: descriptor.digest,
    });
  }
  if (!isManifestType(descriptor.mediaType) && !isIndexType(descriptor.mediaType)) {
    throw new ApocError(ociErrors.MEDIA_TYPE_UNSUPPORTED, {
      field: reference,
      expected: "an image manifest or index",
      actual: descriptor.mediaType || "nothing",
    });
  }
  if (descriptor.size > manifestLimit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field: reference,
      expected: `at most ${manifestLimit} bytes`,
      actual: `${descriptor.size} bytes`,
    });
  }
  return descriptor;
}

async function gather(descriptor: Descriptor, content: Content | Uint8Array): Promise<Uint8Array> {
  if (descriptor.size > manifestLimit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field: descriptor.digest,
      expected: `at most ${manifestLimit} bytes`,
      actual: `${descriptor.size} bytes`,
    });
  }
  const bytes = new Uint8Array(descriptor.size);
  let at = 0;
  for await (const chunk of verifyContent(descriptor, content)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
