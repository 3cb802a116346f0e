import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Content } from "../target.ts";
import { readAll } from "../read-all.ts";
import { verifyContent } from "../verify.ts";
import { discard } from "./body.ts";
import { responseError } from "./response-error.ts";
import { parseUploadRange } from "./response-headers.ts";
import type { Transport } from "./transport.ts";

export interface UploadOptions {
  /** Content up to this size goes in one request; also the size of a chunk. Bytes. */
  chunkSize: number;
  /** The answer by which the registry began an upload when it was asked for a mount; a new upload by default. */
  begun?: Response | undefined;
  signal?: AbortSignal | undefined;
}

const octets = { "content-type": "application/octet-stream" };
/** Largest chunk that a registry may demand; a chunk is held in memory. */
const largestChunk = 256 * 1024 * 1024;

/**
 * Uploads a blob (distribution-spec, "Pushing blobs"): POST then PUT in one piece when it is small, otherwise POST,
 * PATCH per chunk, PUT. A chunk is held in memory until the registry has it, so a broken request is repeated from
 * where the registry says it stands. The digest is checked here before the closing PUT is sent; an upload that fails
 * is cancelled.
 * @throws UPLOAD_LOST when the registry has dropped the upload, as docker's does after a broken chunk: whoever can give
 * the content anew may begin anew. Content in memory, or of one piece, is begun anew here.
 */
export async function uploadBlob(
  transport: Transport,
  descriptor: Descriptor,
  content: Content | Uint8Array,
  options: UploadOptions,
): Promise<void> {
  const { chunkSize, signal } = options;
  const small = descriptor.size <= chunkSize;
  const read = { fetch: () => (content instanceof Uint8Array ? once(content) : content) };
  const held = small
    ? await readAll(read, descriptor, { limit: chunkSize, ...(signal && { signal }) })
    : content;
  for (let attempt = 1; ; attempt++) {
    try {
      return await uploadOnce(transport, descriptor, held, attempt === 1 ? options : { chunkSize, signal });
    } catch (error) {
      const again = held instanceof Uint8Array && attempt < transport.attempts;
      if (!again || !isApocError(error, ociErrors.UPLOAD_LOST)) throw error;
      await transport.backOff(attempt, signal);
    }
  }
}

async function* once(bytes: Uint8Array): Content {
  yield bytes;
}

async function uploadOnce(
  transport: Transport,
  descriptor: Descriptor,
  content: Content | Uint8Array,
  { chunkSize, begun, signal }: UploadOptions,
): Promise<void> {
  const request = { method: "POST", target: "blobs/uploads/", action: "push", signal } as const;
  const started = begun ?? (await transport.send(request));
  if (started.status !== 202) throw await responseError(started, descriptor.digest, transport.registry);
  const location = transport.location(started);
  const size = Math.max(chunkSize, leastChunk(started, descriptor, chunkSize));
  await discard(started);
  const session = new UploadSession(transport, location, signal);
  try {
    let last: Uint8Array = new Uint8Array(0);
    for await (const chunk of rechunk(verifyContent(descriptor, content, { signal }), size)) {
      if (last.length > 0) await session.patch(last);
      last = chunk;
    }
    await session.finish(last, descriptor);
  } catch (error) {
    await session.cancel();
    throw error;
  }
}

/** distribution-spec, "Pushing a blob in chunks": all chunks but the last must be so long. */
function leastChunk(started: Response, { digest, size }: Descriptor, chunkSize: number): number {
  const header = started.headers.get("oci-chunk-min-length") ?? "0";
  const least = /^\d{1,15}$/.test(header) ? Number(header) : 0;
  if (least <= largestChunk || size <= chunkSize) return Math.min(least, largestChunk);
  throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
    field: `${digest}: OCI-Chunk-Min-Length`,
    expected: `at most ${largestChunk} bytes`,
    actual: header,
  });
}

class UploadSession {
  readonly #transport: Transport;
  readonly #signal: AbortSignal | undefined;
  #location: URL;
  #offset = 0;

  constructor(transport: Transport, location: URL, signal: AbortSignal | undefined) {
    this.#transport = transport;
    this.#location = location;
    this.#signal = signal;
  }

  /** Sends one chunk; after a failure asks how far the registry is and sends the rest. */
  async patch(chunk: Uint8Array): Promise<void> {
    await this.#complete(chunk, this.#offset + chunk.length);
  }

  /** Sends what the registry has not yet of the bytes that come before `end`. */
  async #complete(chunk: Uint8Array, end: number): Promise<void> {
    for (let failures = 0; this.#offset < end; ) {
      const before = this.#offset;
      const rest = chunk.subarray(chunk.length - (end - before));
      const headers = { "content-range": `${before}-${before + rest.length - 1}` };
      const last = failures + 1 >= this.#transport.attempts;
      const response = await this.#try("PATCH", this.#location, rest, headers, last);
      if (response?.status === 202) {
        this.#location = this.#transport.location(response);
        this.#offset = end;
        await discard(response);
        continue;
      }
      if (++failures >= this.#transport.attempts || response?.status === 401 || response?.status === 403) {
        if (response !== undefined) {
          throw await responseError(response, this.#location.pathname, this.#transport.registry);
        }
        throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, { field: this.#transport.origin });
      }
      if (response !== undefined) await discard(response);
      await this.#transport.backOff(failures, this.#signal);
      await this.#synchronise(end - chunk.length, end, response?.status === 416);
      if (this.#offset > before) failures = 0;
    }
  }

  /** A request whose body must not be sent twice; a broken connection gives `undefined`, unless it was the last try. */
  async #try(
    method: "PATCH" | "PUT",
    target: URL,
    body: Uint8Array,
    headers: Record<string, string>,
    last = false,
  ): Promise<Response | undefined> {
    const signal = this.#signal;
    try {
      const request = { method, target, action: "push", body, signal, repeatable: false } as const;
      return await this.#transport.send({ ...request, headers: { ...octets, ...headers } });
    } catch (error) {
      signal?.throwIfAborted();
      if (last || !isApocError(error, ociErrors.REGISTRY_UNREACHABLE)) throw error;
      return undefined;
    }
  }

  /**
   * distribution-spec, "Pushing a blob in chunks": GET tells the range that has arrived. `0-0` is said of nothing as
   * well as of one byte: of one only when the registry has just refused the first byte.
   */
  async #synchronise(least: number, most: number, refused: boolean): Promise<void> {
    const response = await this.#transport.send({
      method: "GET",
      target: this.#location,
      action: "push",
      signal: this.#signal,
    });
    // Docker's registry of version 2 says 202 here at times.
    if (response.status !== 204 && response.status !== 202) {
      const cause = await responseError(response, this.#location.pathname, this.#transport.registry);
      if (![400, 404, 416].includes(response.status)) throw cause;
      throw new ApocError(ociErrors.UPLOAD_LOST, {
        field: this.#transport.registry,
        actual: cause.actual,
        cause,
      });
    }
    const end = parseUploadRange(response.headers.get("range") ?? "");
    const nothing = end === undefined || (end === 0 && !(refused && this.#offset === 0));
    const arrived = nothing ? 0 : end + 1;
    if (arrived < least || arrived > most) {
      throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
        field: "Range",
        expected: `${least} to ${most} bytes`,
        actual: `${arrived}`,
      });
    }
    this.#offset = arrived;
    if (response.headers.has("location")) this.#location = this.#transport.location(response);
    await discard(response);
  }

  /** Ends the upload with its last bytes. */
  async finish(last: Uint8Array, descriptor: Descriptor): Promise<void> {
    const { digest, size } = descriptor;
    // One piece goes whole in the PUT; registries differ in whether a PUT after PATCH may carry a body.
    if (this.#offset === 0) {
      const response = await this.#try("PUT", this.#closing(digest), last, {});
      if (response?.status === 201) return discard(response);
      if (response !== undefined && response.status < 500) {
        throw await responseError(response, digest, this.#transport.registry);
      }
      if (response !== undefined) await discard(response);
      await this.#transport.backOff(1, this.#signal);
      if (await this.#stored(digest)) return;
      await this.#synchronise(0, last.length, false);
    }
    await this.#complete(last, size);
    const response = await this.#transport.send({
      method: "PUT",
      target: this.#closing(digest),
      action: "push",
      headers: octets,
      body: new Uint8Array(0),
      signal: this.#signal,
    });
    // When the answer to a first PUT was lost, the upload is gone and the blob is there.
    if (response.status === 201 || (response.status === 404 && (await this.#stored(digest)))) {
      return discard(response);
    }
    throw await responseError(response, digest, this.#transport.registry);
  }

  #closing(digest: Digest): URL {
    const target = new URL(this.#location);
    target.searchParams.set("digest", digest);
    return target;
  }

  async #stored(digest: Digest): Promise<boolean> {
    const target = `blobs/${digest}`;
    const request = { method: "HEAD", target, action: "push", signal: this.#signal } as const;
    const response = await this.#transport.send(request);
    await discard(response);
    return response.status === 200;
  }

  /** Frees what the registry keeps; the failure that led here is what the caller hears of. */
  async cancel(): Promise<void> {
    try {
      const response = await this.#transport.send({
        method: "DELETE",
        target: this.#location,
        action: "push",
        repeatable: false,
      });
      await discard(response);
    } catch {
      // the registry drops forgotten uploads by itself
    }
  }
}

/** Joins and splits chunks to a fixed size; the last one may be shorter. */
async function* rechunk(content: Content, size: number): Content {
  let parts: Uint8Array[] = [];
  let gathered = 0;
  for await (const chunk of content) {
    let rest = chunk;
    while (gathered + rest.length >= size) {
      parts.push(rest.subarray(0, size - gathered));
      rest = rest.subarray(size - gathered);
      yield join(parts, size);
      parts = [];
      gathered = 0;
    }
    if (rest.length > 0) {
      parts.push(rest);
      gathered += rest.length;
    }
  }
  if (gathered > 0) yield join(parts, gathered);
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
