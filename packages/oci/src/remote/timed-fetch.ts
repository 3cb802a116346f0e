import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";

/** Slowest upload that is waited for, in bytes per millisecond. */
const slowest = 16;

export interface TimedFetchOptions {
  fetch: typeof globalThis.fetch;
  /** Longest wait for the connection and the header of the response; the time a body needs at 16 kB/s is added. */
  timeoutMilliseconds: number;
  signal?: AbortSignal | undefined;
}

/**
 * One request, without following redirects.
 * @throws REGISTRY_UNREACHABLE; the reason of the signal when it is aborted; a coded error of `fetch` as it is
 */
export async function timedFetch(
  url: URL,
  init: RequestInit & { body?: Uint8Array<ArrayBuffer> | URLSearchParams },
  { fetch, timeoutMilliseconds, signal }: TimedFetchOptions,
): Promise<Response> {
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const size = init.body instanceof Uint8Array ? init.body.length : 0;
  const timer = setTimeout(() => deadline.abort(), timeoutMilliseconds + size / slowest);
  const signals = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  try {
    return await fetch(url.href, { redirect: "manual", ...init, signal: signals });
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
