import { isApocError } from "@apoc/errors";
import {
  createHasher,
  type Descriptor,
  type Digest,
  type Index,
  isDigest,
  isIndexType,
  isManifestType,
  isTag,
  type Manifest,
  manifestLimit,
  parseDigest,
  parseIndex,
  parseManifest,
  referrerDescriptor,
} from "@apoc/oci";
import { type Answer, refuse } from "./answer.ts";
import { collect } from "./blob-requests.ts";
import { type Exchange, headerOf } from "./exchange.ts";

/** Most tags of one PUT; the specification demands ten. */
const maxTags = 100;

/** What is kept of a manifest beside its bytes: its entry in referrers lists, and whom it refers to. */
export interface ManifestRecord {
  entry: Descriptor;
  subject?: Digest;
}

/** GET and HEAD of a manifest by tag or digest. */
export async function getManifest(exchange: Exchange): Promise<Answer> {
  const { state, repository, request } = exchange;
  const found = find(exchange);
  if (found === undefined) {
    return state.links.knows(repository)
      ? refuse("MANIFEST_UNKNOWN", "no such manifest in this repository")
      : refuse("NAME_UNKNOWN", "no such repository");
  }
  const { mediaType, digest, size } = found.entry;
  const headers = {
    "content-type": mediaType,
    "content-length": `${size}`,
    "docker-content-digest": digest,
  };
  if (request.method === "HEAD") return { status: 200, headers };
  return { status: 200, headers, body: state.blobs.read(digest) };
}

/**
 * PUT of a manifest. Its blobs must be here, unless the registry takes sparse manifests; the manifests of an index need
 * not. Pushed by digest it gets the tags of the query (distribution-spec, end-7b).
 */
export async function putManifest(exchange: Exchange): Promise<Answer> {
  const { state, repository, reference, request, url } = exchange;
  if (!isDigest(reference) && !isTag(reference))
    return refuse("MANIFEST_INVALID", "neither a tag nor a digest");
  const tags = isDigest(reference) ? url.searchParams.getAll("tag") : [reference];
  if (tags.length > maxTags || !tags.every(isTag)) {
    return refuse("MANIFEST_INVALID", `the tags are not valid, or more than ${maxTags}`);
  }
  const bytes = await readBody(exchange);
  if (bytes === undefined) return refuse("SIZE_INVALID", `a manifest has at most ${manifestLimit} bytes`);
  const mediaType = (headerOf(request, "content-type") ?? "").split(";")[0]?.trim() ?? "";
  const document = parse(bytes, mediaType);
  if (typeof document === "string") return refuse("MANIFEST_INVALID", document);
  if (document.mediaType !== undefined && document.mediaType !== mediaType) {
    return refuse("MANIFEST_INVALID", "Content-Type and mediaType differ");
  }
  const hasher = createHasher(isDigest(reference) ? parseDigest(reference).algorithm : "sha256");
  hasher.update(bytes);
  const digest = hasher.digest();
  if (isDigest(reference) && digest !== reference) {
    return refuse("DIGEST_INVALID", "the manifest has another digest");
  }
  if ("layers" in document && !state.sparse) {
    for (const part of [document.config, ...document.layers]) {
      if (part.urls !== undefined || state.links.get(repository, "blobs", part.digest) !== undefined)
        continue;
      return refuse("MANIFEST_BLOB_UNKNOWN", `blob ${part.digest} is not in this repository`);
    }
  }
  const writer = await state.blobs.create();
  await writer.write(bytes);
  await writer.commit(digest);
  const record: ManifestRecord = {
    entry: referrerDescriptor({ mediaType, digest, size: bytes.length }, document),
    ...(document.subject === undefined ? {} : { subject: document.subject.digest }),
  };
  await state.links.set(repository, "manifests", digest, JSON.stringify(record));
  for (const tag of tags) await state.links.set(repository, "tags", tag, digest);
  return {
    status: 201,
    headers: {
      location: `/v2/${repository}/manifests/${digest}`,
      "docker-content-digest": digest,
      "content-length": "0",
      ...(record.subject === undefined ? {} : { "oci-subject": record.subject }),
      ...(isDigest(reference) && tags.length > 0 ? { "oci-tag": tags.join(", ") } : {}),
    },
  };
}

/** DELETE: a tag alone, or a manifest by digest with all its tags. */
export async function deleteManifest(exchange: Exchange): Promise<Answer> {
  const { state, repository, reference } = exchange;
  const unknown = refuse("MANIFEST_UNKNOWN", "no such manifest in this repository");
  const accepted = { status: 202, headers: { "content-length": "0" } };
  if (!isDigest(reference)) {
    return (await state.links.delete(repository, "tags", reference)) ? accepted : unknown;
  }
  if (!(await state.links.delete(repository, "manifests", reference))) return unknown;
  for (const tag of state.links.names(repository, "tags")) {
    if (state.links.get(repository, "tags", tag) === reference)
      await state.links.delete(repository, "tags", tag);
  }
  await collect(state, reference);
  return accepted;
}

/** The record of a manifest. */
export function readRecord(exchange: Exchange, digest: string): ManifestRecord | undefined {
  const text = exchange.state.links.get(exchange.repository, "manifests", digest);
  return text === undefined ? undefined : (JSON.parse(text) as ManifestRecord);
}

function find(exchange: Exchange): ManifestRecord | undefined {
  const { state, repository, reference } = exchange;
  const digest = isDigest(reference) ? reference : state.links.get(repository, "tags", reference);
  return digest === undefined ? undefined : readRecord(exchange, digest);
}

function parse(bytes: Uint8Array, mediaType: string): Manifest | Index | string {
  const options = { foreignLayers: "allow" } as const;
  try {
    if (isManifestType(mediaType)) return parseManifest(bytes, options);
    if (isIndexType(mediaType)) return parseIndex(bytes, options);
    return `Content-Type ${mediaType} is not that of a manifest or index`;
  } catch (error) {
    if (isApocError(error)) return error.message;
    throw error;
  }
}

async function readBody({ request }: Exchange): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= manifestLimit) chunks.push(chunk);
  }
  return size <= manifestLimit ? Buffer.concat(chunks) : undefined;
}
