import { ApocError, isApocError } from "@apoc/errors";
import { createHasher, isDigest, parseDigest, sha256Digest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isIndexType, isManifestType, manifestLimit, parseIndex, parseManifest } from "../parse.ts";
import { readAll } from "../read-all.ts";
import { isTag, parseReference, type Reference } from "../reference.ts";
import { referrerDescriptor } from "../referrers.ts";
import { type Descriptor, type Digest, mediaTypes } from "../spec.ts";
import type { CallOptions, Content, ContentPart, Source, Target } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { discard, readLimited } from "./body.ts";
import type { CredentialSource } from "./credentials.ts";
import { download } from "./download.ts";
import { addToFallback, listReferrers } from "./referrers-list.ts";
import { responseError } from "./response-error.ts";
import { checkedManifest, contentType, statedDescriptor } from "./stated-descriptor.ts";
import { listTags } from "./tag-list.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import { uploadBlob } from "./upload.ts";

export interface RemoteRepositoryOptions
  extends Omit<TransportOptions, "registry" | "repository" | "credentials"> {
  /** `registry/repository`, with or without tag and digest, which are left to the calls. */
  reference: string | Reference;
  credentials?: CredentialSource | undefined;
  /** Bytes of an upload that are held for a retry, and size of a chunk where one request does not do; 16 MiB by default. */
  chunkSize?: number | undefined;
}

const accept = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
].join(", ");

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
  #inChunks = false;
  /** Uploads that the registry began when it was asked for a mount. */
  readonly #begun = new Map<Digest, Response>();

  constructor(options: RemoteRepositoryOptions) {
    const { registry, repository } =
      typeof options.reference === "string" ? parseReference(options.reference) : options.reference;
    this.reference = { registry, repository };
    this.#transport = new Transport({ ...options, registry, repository });
    this.#chunkSize = options.chunkSize ?? 16 * 1024 * 1024;
  }

  fetch(descriptor: Descriptor, options: CallOptions = {}): Content {
    return verifyContent(descriptor, this.#download(descriptor, 0, options), options);
  }

  async *fetchRest(descriptor: Descriptor, part: ContentPart, options: CallOptions = {}): Content {
    parseDigest(descriptor.digest);
    const rest = this.#download(descriptor, part.size, options);
    const whole = (async function* () {
      yield* part.read();
      yield* rest;
    })();
    let skip = part.size;
    for await (const chunk of verifyContent(descriptor, whole, options)) {
      const wanted = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - wanted.length;
      if (wanted.length > 0) yield wanted;
    }
  }

  #download(descriptor: Descriptor, start: number, { signal }: CallOptions): Content {
    const { digest, mediaType } = descriptor;
    const manifest = isManifestType(mediaType) || isIndexType(mediaType);
    return download(this.#transport, descriptor, {
      target: `${manifest ? "manifests" : "blobs"}/${digest}`,
      headers: manifest ? { accept: mediaType } : {},
      start,
      error: (response) => this.#error(response, digest),
      signal,
    });
  }

  /**
   * Finds a manifest by tag or digest. The digest of a tag is the one of its bytes as the registry states it; the
   * bytes are checked against it when they are fetched. Where it states none, the bytes are fetched and hashed now.
   */
  async resolve(reference: string, { signal }: CallOptions = {}): Promise<Descriptor> {
    if (!isDigest(reference)) parseReference(`localhost/x:${reference}`);
    const request = {
      target: `manifests/${reference}`,
      action: "pull",
      headers: { accept },
      signal,
    } as const;
    const head = await this.#transport.send({ ...request, method: "HEAD" });
    await discard(head);
    if (head.status === 200) {
      const stated = statedDescriptor(head);
      if (stated !== undefined) return checkedManifest(stated, reference);
    }
    // Only GET tells in its body why; but a registry that is overloaded is not asked again.
    if (head.status === 429 || (head.status >= 500 && head.status !== 501)) {
      throw await this.#error(head, reference);
    }
    const response = await this.#transport.send({ ...request, method: "GET" });
    if (response.status !== 200) throw await this.#error(response, reference);
    const bytes = await readLimited(response, manifestLimit, { signal });
    const header = response.headers.get("docker-content-digest");
    const algorithm = isDigest(reference) ? parseDigest(reference).algorithm : "sha256";
    const hasher = createHasher(algorithm);
    hasher.update(bytes);
    const digest = hasher.digest();
    if (header?.startsWith(`${algorithm}:`) === true && header !== digest) {
      throw new ApocError(ociErrors.DIGEST_MISMATCH, { field: reference, expected: header, actual: digest });
    }
    return checkedManifest({ mediaType: contentType(response), digest, size: bytes.length }, reference);
  }

  async referrers(subject: Digest, artifactType?: string, options: CallOptions = {}): Promise<Descriptor[]> {
    parseDigest(subject);
    return listReferrers(this.#transport, subject, artifactType, options);
  }

  /**
   * The tags of the repository, in the registry's order.
   * @throws REGISTRY_PROTOCOL for a list of more than 100 pages or 100 000 tags, or of what are no tags
   */
  async tags(options: CallOptions = {}): Promise<string[]> {
    const { registry, repository } = this.reference;
    return listTags(this.#transport, `${registry}/${repository}`, options);
  }

  async exists(descriptor: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
    const { digest, mediaType } = descriptor;
    parseDigest(digest);
    const manifest = isManifestType(mediaType) || isIndexType(mediaType);
    const response = await this.#transport.send({
      method: "HEAD",
      target: `${manifest ? "manifests" : "blobs"}/${digest}`,
      action: "pull",
      headers: manifest ? { accept } : {},
      signal,
    });
    await discard(response);
    if (response.status === 200) return true;
    if (response.status === 404) return false;
    throw await this.#error(response, digest);
  }

  /**
   * Mounts a blob (distribution-spec, end-11): from the source when it is a repository of this registry, otherwise,
   * and where that is refused, from wherever the registry has it. An upload that the registry begins instead is kept
   * for the `push` that follows.
   */
  async mount(descriptor: Descriptor, source: Source, { signal }: CallOptions = {}): Promise<boolean> {
    const { digest } = descriptor;
    parseDigest(digest);
    const here = source instanceof RemoteRepository && source.reference.registry === this.reference.registry;
    const from = here ? source.reference.repository : undefined;
    for (const repository of from === undefined ? [undefined] : [from, undefined]) {
      const query = new URLSearchParams({ mount: digest });
      if (repository !== undefined) query.set("from", repository);
      const target = `blobs/uploads/?${query}`;
      const request = { method: "POST", target, action: "push", from: repository, signal } as const;
      const response = await this.#transport.send(request).catch((error: unknown) => {
        // Who may not read the other repository may still write to this one.
        if (repository !== undefined && isApocError(error, ociErrors.REGISTRY_UNAUTHORIZED)) return undefined;
        throw error;
      });
      if (response === undefined) continue;
      await discard(response);
      if (response.status === 201) return true;
      if (response.status !== 202) continue;
      this.#begun.set(digest, response);
      break;
    }
    return false;
  }

  async push(
    descriptor: Descriptor,
    content: Content | Uint8Array,
    options: CallOptions = {},
  ): Promise<void> {
    const { digest, mediaType } = descriptor;
    parseDigest(digest);
    if (isManifestType(mediaType) || isIndexType(mediaType)) {
      return this.#putManifest(descriptor, await gather(descriptor, content, options), digest, options);
    }
    const begun = this.#begun.get(digest);
    this.#begun.delete(digest);
    const { signal } = options;
    const upload = { chunkSize: this.#chunkSize, inChunks: this.#inChunks, begun, signal };
    try {
      await uploadBlob(this.#transport, descriptor, content, upload);
    } catch (error) {
      // Who tries again is to have less to lose.
      this.#inChunks ||= isApocError(error, ociErrors.UPLOAD_LOST);
      throw error;
    }
  }

  async tag(descriptor: Descriptor, reference: string, options: CallOptions = {}): Promise<void> {
    if (isDigest(reference) || !isTag(reference)) parseReference(`localhost/x:${reference}`);
    const bytes = await gather(descriptor, this.fetch(descriptor, options), options);
    await this.#putManifest(descriptor, bytes, reference, options);
  }

  async #putManifest(
    descriptor: Descriptor,
    bytes: Uint8Array,
    reference: string,
    options: CallOptions,
  ): Promise<void> {
    const parsing = { field: descriptor.digest, foreignLayers: "allow" } as const;
    const document = isIndexType(descriptor.mediaType)
      ? parseIndex(bytes, parsing)
      : parseManifest(bytes, parsing);
    const response = await this.#transport.send({
      method: "PUT",
      target: `manifests/${reference}`,
      action: "push",
      headers: { "content-type": descriptor.mediaType },
      body: bytes,
      signal: options.signal,
    });
    if (response.status !== 201) throw await this.#error(response, reference);
    await discard(response);
    const { subject } = document;
    // A registry that knows the referrers API says so here (distribution-spec, "Pushing Manifests with Subject").
    if (subject === undefined || response.headers.get("oci-subject") === subject.digest) return;
    const { mediaType, digest, size } = descriptor;
    const entry = referrerDescriptor({ mediaType, digest, size }, document);
    const put = async (index: Uint8Array, tag: string) => {
      const list = { mediaType: mediaTypes.index, digest: sha256Digest(index), size: index.length };
      await this.#putManifest(list, index, tag, options);
    };
    await addToFallback(this.#transport, subject.digest, entry, put, options);
  }

  async #error(response: Response, field: string): Promise<ApocError> {
    const { registry, repository } = this.reference;
    const separator = isDigest(field) ? "@" : ":";
    return responseError(response, `${registry}/${repository}${separator}${field}`, registry);
  }
}

function gather(
  descriptor: Descriptor,
  content: Content | Uint8Array,
  { signal }: CallOptions,
): Promise<Uint8Array> {
  const bytes =
    content instanceof Uint8Array
      ? (async function* () {
          yield content;
        })()
      : content;
  return readAll({ fetch: () => bytes }, descriptor, signal === undefined ? {} : { signal });
}
