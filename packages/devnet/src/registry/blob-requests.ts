import { type Digest, isDigest } from "@apoc/oci";
import { type Answer, refuse } from "./answer.ts";
import { type Exchange, headerOf, type RegistryState } from "./exchange.ts";

/** GET and HEAD of a blob, with byte ranges (RFC 9110, section 14). */
export async function getBlob(exchange: Exchange): Promise<Answer> {
  const { state, repository, reference, request } = exchange;
  if (!isDigest(reference)) return refuse("DIGEST_INVALID", "digest must be sha256 or sha512");
  const linked = state.links.get(repository, "blobs", reference) !== undefined;
  const size = linked ? await state.blobs.size(reference) : undefined;
  if (size === undefined) return refuse("BLOB_UNKNOWN", "no such blob in this repository");
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": `${size}`,
    "docker-content-digest": reference,
    "accept-ranges": "bytes",
  };
  if (request.method === "HEAD") return { status: 200, headers };
  const range = headerOf(request, "range");
  if (range === undefined) return { status: 200, headers, body: state.blobs.read(reference) };
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) {
    return { status: 200, headers, body: state.blobs.read(reference) };
  }
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || end < start) {
    const refused = refuse("RANGE_INVALID", `the blob has ${size} bytes`);
    return { ...refused, headers: { ...refused.headers, "content-range": `bytes */${size}` } };
  }
  return {
    status: 206,
    headers: {
      ...headers,
      "content-length": `${end - start + 1}`,
      "content-range": `bytes ${start}-${end}/${size}`,
    },
    body: state.blobs.read(reference, { start, length: end - start + 1 }),
  };
}

/** DELETE of a blob: takes it out of this repository. */
export async function deleteBlob({ state, repository, reference }: Exchange): Promise<Answer> {
  if (!isDigest(reference)) return refuse("DIGEST_INVALID", "digest must be sha256 or sha512");
  if (!(await state.links.delete(repository, "blobs", reference))) {
    return refuse("BLOB_UNKNOWN", "no such blob in this repository");
  }
  await collect(state, reference);
  return { status: 202, headers: { "content-length": "0" } };
}

/** Removes content that no repository names any more. */
export async function collect({ links, blobs }: RegistryState, digest: Digest): Promise<void> {
  if (!links.anywhere("blobs", digest) && !links.anywhere("manifests", digest)) await blobs.delete(digest);
}
