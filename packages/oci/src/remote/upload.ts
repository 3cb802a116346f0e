import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Descriptor } from "../spec.ts";
import type { Content } from "../target.ts";
import { verifyContent } from "../verify.ts";
import { responseError } from "./response-error.ts";
import type { Transport } from "./transport.ts";

export interface UploadOptions {
  /** Content up to this size goes in one request; also the size of a chunk. Bytes. */
  chunkSize: number;
  signal?: AbortSignal | undefined;
}

const octets = { "content-type": "application/octet-stream" };

/**
 * Uploads a blob (distribution-spec, "Pushing blobs"): POST then PUT in one piece when it is small, otherwise POST,
 * PATCH per chunk, PUT. A chunk is held in memory until the registry has it, so a broken request is repeated from
 * where the registry says it stands. The digest is checked here before the closing PUT is sent; an upload that fails
 * is cancelled.
 */
export async function uploadBlob(
  transport: Transport,
  descriptor: Descriptor,
  content: Content | Uint8Array,
  { chunkSize, signal }: UploadOptions,
): Promise<void> {
  const started = await transport.send({
    method: "POST",
    target: "blobs/uploads/",
    action: "push",
    signal,
  });
  if (started.status !== 202) throw await responseError(started, descriptor.digest, transport.registry);
  const least = Number(started.headers.get("oci-chunk-min-length") ?? 0);
  const size = Math.max(chunkSize, Number.isSafeInteger(least) && least < 2 ** 28 ? least : 0);
  const session = new UploadSession(transport, transport.location(started), signal);
  await started.body?.cancel();
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
    const end = this.#offset + chunk.length;
    for (let attempt = 1; this.#offset < end; attempt++) {
      const rest = chunk.subarray(chunk.length - (end - this.#offset));
      const response = await this.#try(rest, attempt);
      if (response?.status === 202) {
        this.#location = this.#transport.location(response);
        this.#offset = end;
      } else if (attempt >= 3) {
        if (response !== undefined) {
          throw await responseError(response, this.#location.pathname, this.#transport.registry);
        }
        throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, { field: this.#transport.origin });
      } else {
        await response?.body?.cancel();
        await this.#synchronise(end - chunk.length, end);
      }
    }
  }

  async #try(body: Uint8Array, attempt: number): Promise<Response | undefined> {
    try {
      return await this.#transport.send({
        method: "PATCH",
        target: this.#location,
        action: "push",
        headers: { ...octets, "content-range": `${this.#offset}-${this.#offset + body.length - 1}` },
        body,
        signal: this.#signal,
        repeatable: false,
      });
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (attempt >= 3) throw error;
      return undefined;
    }
  }

  /** distribution-spec, "Pushing a blob in chunks": GET tells the range that has arrived. */
  async #synchronise(least: number, most: number): Promise<void> {
    const response = await this.#transport.send({
      method: "GET",
      target: this.#location,
      action: "push",
      signal: this.#signal,
    });
    if (response.status !== 204) {
      throw await responseError(response, this.#location.pathname, this.#transport.registry);
    }
    const range = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.get("range") ?? "");
    const arrived = range === null ? 0 : Number(range[1]) + 1;
    if (arrived < least || arrived > most) {
      throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
        field: "Range",
        expected: `${least} to ${most} bytes`,
        actual: `${arrived}`,
      });
    }
    this.#offset = arrived;
    if (response.headers.has("location")) this.#location = this.#transport.location(response);
  }

  async finish(last: Uint8Array, descriptor: Descriptor): Promise<void> {
    // One piece goes whole in the PUT; registries differ in whether a PUT after PATCH may carry a body.
    const monolithic = this.#offset === 0;
    if (!monolithic && last.length > 0) await this.patch(last);
    const target = new URL(this.#location);
    target.searchParams.set("digest", descriptor.digest);
    const response = await this.#transport.send({
      method: "PUT",
      target,
      action: "push",
      headers: octets,
      body: monolithic ? last : new Uint8Array(0),
      signal: this.#signal,
    });
    if (response.status !== 201) {
      throw await responseError(response, descriptor.digest, this.#transport.registry);
    }
    await response.body?.cancel();
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
      await response.body?.cancel();
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
