import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { StreamedBody } from "./request-body/streamed-body.ts";

/** Slowest upload that is waited for, in bytes per millisecond. */
const slowest = 16;

export interface TimedRequest extends Omit<RequestInit, "body" | "signal"> {
  body?: Uint8Array | StreamedBody | URLSearchParams;
}

export interface TimedFetchOptions {
  fetch: typeof globalThis.fetch;
  /**
   * Longest wait for the connection and the header of the response; the time a body needs at 16 kB/s is added. Where
   * the body is made while it is sent, the time counts from its last piece.
   */
  timeoutMilliseconds: number;
  signal?: AbortSignal | undefined;
}

/**
 * One request, without following redirects.
 * @throws REGISTRY_UNREACHABLE; the reason of the signal when it is aborted; a coded error of `fetch` as it is
 */
export async function timedFetch(
  url: URL,
  { body, ...request }: TimedRequest,
  { fetch, timeoutMilliseconds, signal }: TimedFetchOptions,
): Promise<Response> {
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const size = body === undefined || body instanceof URLSearchParams ? 0 : bodySize(body);
  const start = () => setTimeout(() => deadline.abort(), timeoutMilliseconds + size / slowest);
  let timer = start();
  const restart = () => {
    clearTimeout(timer);
    timer = start();
  };
  const signals = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  const init: RequestInit = { redirect: "manual", ...request, signal: signals };
  if (body !== undefined && "open" in body) stream(init, body, restart);
  else if (body !== undefined) init.body = body as Uint8Array<ArrayBuffer> | URLSearchParams;
  try {
    return await fetch(url.href, init);
  } catch (cause) {
    signal?.throwIfAborted();
    // A fetch that refuses says why; asking again would not help.
    if (isApocError(cause)) throw cause;
    throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, {
      field: url.origin,
      ...(deadline.signal.aborted ? { actual: "no answer in time" } : {}),
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

function bodySize(body: Uint8Array | StreamedBody): number {
  return "open" in body ? body.size : body.length;
}

/**
 * Without a length the body would go in HTTP's own chunks, which some registries refuse. Without a window and
 * redirects fetch needs no second copy of the stream, of which it would keep every byte (fetch standard, "HTTP-network-
 * or-cache fetch"); a redirect is a broken connection then.
 */
function stream(init: RequestInit, body: StreamedBody, onPiece: () => void): void {
  const headers = new Headers(init.headers);
  headers.set("content-length", String(body.size));
  Object.assign(init, { headers, body: body.open(onPiece), duplex: "half", window: null, redirect: "error" });
}

/** Waits; rejects with the reason of the signal when it is aborted. */
export function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
