import { ApocError, isApocError } from "@apoc/errors";
import { streamBody } from "#request-body";
import { ociErrors } from "../errors.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Content } from "../target.ts";
import { readAll } from "../read-all.ts";
import { verifyContent } from "../verify.ts";
import { discard } from "./body.ts";
import type { StreamedBody } from "./request-body/streamed-body.ts";
import { responseError } from "./response-error.ts";
import { parseUploadRange } from "./response-headers.ts";
import type { Transport } from "./transport.ts";
import { UploadWindow } from "./upload-window.ts";

export interface UploadOptions {
  /** Bytes that are held until the registry has them, and size of a chunk where one request does not do. */
  chunkSize: number;
  /** Never sends more than a chunk in a request. */
  inChunks?: boolean | undefined;
  /** The answer by which the registry began an upload when it was asked for a mount; a new upload by default. */
  begun?: Response | undefined;
  signal?: AbortSignal | undefined;
}

const octets = { "content-type": "application/octet-stream" };
/** Content up to this size goes in one request, if a chunk may be so large. */
const onePiece = 4 * 1024 * 1024;
/** Largest chunk that a registry may demand; a chunk is held in memory. */
const largestChunk = 256 * 1024 * 1024;

/**
 * Uploads a blob (distribution-spec, "Pushing blobs"): POST then PUT in one piece when it is small, otherwise POST,
 * PATCH, PUT. Where the platform can, one PATCH takes all, and content is sent while it is read; when that breaks, or is
 * too much for the registry, and where the platform cannot, there is a PATCH per chunk. The last bytes are held in
 * memory, so a broken request is repeated from where the registry says it stands. The digest is checked here before the
 * last bytes and the closing PUT are sent; an upload that fails is cancelled.
 * @throws UPLOAD_LOST when the registry has dropped the upload, as docker's does after a broken request, or stands
 * before what is held. Content in memory, or that can be iterated again, starts over here, in chunks.
 */
export async function uploadBlob(
  transport: Transport,
  descriptor: Descriptor,
  content: Content | Uint8Array,
  options: UploadOptions,
): Promise<void> {
  const { chunkSize, signal } = options;
  const most = Math.min(onePiece, chunkSize);
  const read = { fetch: () => (content instanceof Uint8Array ? once(content) : content) };
  const held =
    descriptor.size <= most
      ? await readAll(read, descriptor, { limit: most, ...(signal && { signal }) })
      : content;
  for (let attempt = 1; ; attempt++) {
    try {
      const again = { chunkSize, signal, inChunks: true };
      return await uploadOnce(transport, descriptor, held, attempt === 1 ? options : again);
    } catch (error) {
      const again = !("next" in held) && attempt < transport.attempts;
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
  { chunkSize, begun, signal, inChunks = false }: UploadOptions,
): Promise<void> {
  const request = { method: "POST", target: "blobs/uploads/", action: "push", signal } as const;
  const started = begun ?? (await transport.send(request));
  if (started.status !== 202) throw await responseError(started, descriptor.digest, transport.registry);
  const location = transport.location(started);
  const size = Math.max(chunkSize, leastChunk(started, descriptor, chunkSize));
  await discard(started);
  const verified = verifyContent(descriptor, content, { signal });
  const window = new UploadWindow(verified, descriptor, size);
  const session = new UploadSession(transport, location, window, size, signal);
  try {
    if (descriptor.size <= Math.min(onePiece, size)) await session.put(descriptor);
    else {
      await session.patch(inChunks);
      await session.close(descriptor);
    }
  } catch (error) {
    await session.cancel();
    throw error;
  } finally {
    await window.close();
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
  readonly #window: UploadWindow;
  readonly #chunkSize: number;
  #location: URL;
  #offset = 0;
  /** What the registry has said to have of whole requests. */
  #confirmed = 0;

  constructor(
    transport: Transport,
    location: URL,
    window: UploadWindow,
    chunkSize: number,
    signal: AbortSignal | undefined,
  ) {
    this.#transport = transport;
    this.#location = location;
    this.#window = window;
    this.#chunkSize = chunkSize;
    this.#signal = signal;
  }

  /** Sends what the registry has not yet; after a failure asks how far the registry is, and goes on in chunks. */
  async patch(inChunks: boolean): Promise<void> {
    const { total } = this.#window;
    let streaming = !inChunks;
    for (let failures = 0; this.#offset < total; ) {
      const before = this.#offset;
      const stream = streaming ? streamBody(this.#window, before) : undefined;
      const end = stream === undefined ? Math.min(before + this.#chunkSize, total) : total;
      const body = stream ?? (await this.#window.readAll(before, end));
      const headers = { "content-range": `${before}-${end - 1}` };
      const last = failures + 1 >= this.#transport.attempts;
      const response = await this.#try("PATCH", this.#location, body, headers, last);
      if (response?.status === 202) {
        this.#location = this.#transport.location(response);
        this.#offset = this.#confirmed = end;
        failures = 0;
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
      await this.#synchronise(response?.status === 416);
      if (this.#offset > before) failures = 0;
      streaming = false;
    }
  }

  /** A request whose body must not be sent twice; a broken connection gives `undefined`, unless it was the last try. */
  async #try(
    method: "PATCH" | "PUT",
    target: URL,
    body: Uint8Array | StreamedBody,
    headers: Record<string, string>,
    last = false,
  ): Promise<Response | undefined> {
    const signal = this.#signal;
    try {
      const request = { method, target, action: "push", body, signal, repeatable: false } as const;
      return await this.#transport.send({ ...request, headers: { ...octets, ...headers } });
    } catch (error) {
      signal?.throwIfAborted();
      this.#window.assertSound();
      if (last || !isApocError(error, ociErrors.REGISTRY_UNREACHABLE)) throw error;
      return undefined;
    }
  }

  /**
   * distribution-spec, "Pushing a blob in chunks": GET tells the range that has arrived. `0-0` is said of nothing as
   * well as of one byte: of one only when the registry has just refused the first byte.
   */
  async #synchronise(refused: boolean): Promise<void> {
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
    if (arrived < this.#confirmed || arrived > this.#window.filled) {
      throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
        field: "Range",
        expected: `${this.#confirmed} to ${this.#window.filled} bytes`,
        actual: `${arrived}`,
      });
    }
    this.#offset = arrived;
    if (response.headers.has("location")) this.#location = this.#transport.location(response);
    await discard(response);
  }

  /** Sends all in one request. */
  async put(descriptor: Descriptor): Promise<void> {
    const { digest, size } = descriptor;
    const body = await this.#window.readAll(0, size);
    const response = await this.#try("PUT", this.#closing(digest), body, {});
    if (response?.status === 201) return discard(response);
    if (response !== undefined && response.status < 500) {
      throw await responseError(response, digest, this.#transport.registry);
    }
    if (response !== undefined) await discard(response);
    await this.#transport.backOff(1, this.#signal);
    if (await this.#stored(digest)) return;
    await this.#synchronise(false);
    await this.patch(true);
    await this.close(descriptor);
  }

  /** Ends the upload when the registry has all; registries differ in whether a PUT after PATCH may carry a body. */
  async close({ digest }: Descriptor): Promise<void> {
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
