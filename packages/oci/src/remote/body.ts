import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Content } from "../target.ts";

export interface BodyOptions {
  /** Named in errors. */
  field: string;
  signal?: AbortSignal | undefined;
  /** Longest time in which fewer than 1024 bytes arrive; 30 000 by default. */
  idleMilliseconds?: number | undefined;
}

/** A body that gives fewer bytes than this in the idle time stands still, however regularly it gives one. */
const leastBytes = 1024;

/**
 * Reads the body of a response. The time that the reader of the chunks takes does not count as idle.
 * @throws REGISTRY_UNREACHABLE when the connection breaks or stands still
 */
export async function* readBody(response: Response, options: BodyOptions): Content {
  const { field, signal, idleMilliseconds = 30_000 } = options;
  if (response.body === null) return;
  const reader = response.body.getReader();
  let whole = false;
  let left = idleMilliseconds;
  let arrived = 0;
  try {
    while (true) {
      const start = performance.now();
      const { done, value } = await within(reader.read(), left, signal, field);
      whole = done;
      if (done) return;
      left -= performance.now() - start;
      arrived += value.length;
      if (arrived >= leastBytes) [arrived, left] = [0, idleMilliseconds];
      yield value;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (isApocError(cause)) throw cause;
    throw new ApocError(ociErrors.REGISTRY_UNREACHABLE, { field, actual: "the body broke off", cause });
  } finally {
    if (!whole) reader.cancel().catch(() => undefined);
  }
}

/**
 * Reads a body into memory up to a limit; the rest is never read.
 * @throws DOCUMENT_TOO_LARGE, REGISTRY_UNREACHABLE
 */
export async function readLimited(
  response: Response,
  limit: number,
  options: Partial<BodyOptions> = {},
): Promise<Uint8Array> {
  const field = options.field ?? response.url;
  let bytes = new Uint8Array(Math.min(limit, 16_384));
  let size = 0;
  for await (const chunk of readBody(response, { ...options, field })) {
    if (size + chunk.length > limit) {
      throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, { field, expected: `at most ${limit} bytes` });
    }
    if (size + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * (size + chunk.length)));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(chunk, size);
    size += chunk.length;
  }
  return bytes.subarray(0, size);
}

/** Leaves a body unread without waiting for its end. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

function within<T>(
  promise: Promise<T>,
  milliseconds: number,
  signal: AbortSignal | undefined,
  field: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason as Error);
    const timer = setTimeout(() => {
      const actual = `fewer than ${leastBytes} bytes in the idle time`;
      reject(new ApocError(ociErrors.REGISTRY_UNREACHABLE, { field, actual }));
    }, milliseconds);
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    });
    // When time or signal came first, the body is cancelled and the promise settles by that.
  });
}
