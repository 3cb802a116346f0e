import { ApocError, isApocError } from "@apoc/errors";
import { attestationErrors } from "../errors.ts";

/** The part of `fetch` that is used: a reader may inject one of their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How a collateral service is spoken to. */
export interface DownloadOptions {
  /** Default: the platform's. */
  readonly fetch?: Fetch;
  /** For one attempt, until its last byte; default: 10 000. */
  readonly timeoutMilliseconds?: number;
  /** First attempt included; default: 4. */
  readonly attempts?: number;
  /** Waits between attempts, in milliseconds; default: a timer. */
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** A complete answer with status 200. */
export interface Answer {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Value of a header, any case of its name. */
  header(name: string): string | undefined;
}

const firstPause = 500;
const longestPause = 30_000;

/**
 * GET of at most `limit` bytes. Timeouts, broken connections, 429 and 5xx are tried again after a pause that doubles
 * (or that the service asks for with `retry-after`, in seconds, up to 30); redirects are refused.
 * Throws COLLATERAL_UNREACHABLE after the last attempt, COLLATERAL_UNKNOWN for 404, COLLATERAL_ANSWER for any other
 * status and for too many bytes.
 */
export async function download(url: string, limit: number, options: DownloadOptions = {}): Promise<Answer> {
  const { attempts = 4, wait = pause, signal } = options;
  for (let attempt = 1; ; attempt++) {
    let failure: Retry;
    try {
      return await once(url, limit, options);
    } catch (error) {
      if (!(error instanceof Retry)) throw error;
      failure = error;
    }
    if (signal?.aborted === true || attempt >= attempts) {
      throw new ApocError(attestationErrors.COLLATERAL_UNREACHABLE, {
        field: url,
        expected: "an answer with status 200",
        actual: `${failure.message}, ${attempt} ${attempt === 1 ? "attempt" : "attempts"}`,
        cause: failure.cause,
      });
    }
    const own = firstPause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await wait(Math.min(failure.pause ?? own, longestPause), signal);
  }
}

/** A failure that another attempt may cure. */
class Retry extends Error {
  /** Milliseconds that the service asked for. */
  readonly pause: number | undefined;
  constructor(message: string, options: { pause?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.pause = options.pause;
  }
}

async function once(url: string, limit: number, options: DownloadOptions): Promise<Answer> {
  const {
    fetch: get = (target, init) => fetch(target, init),
    timeoutMilliseconds = 10_000,
    signal,
  } = options;
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    const response = await get(url, {
      redirect: "error",
      credentials: "omit",
      headers: { accept: "*/*" },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      throw new Retry(`status ${response.status}`, seconds >= 0 ? { pause: seconds * 1000 } : {});
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new ApocError(
        response.status === 404 ? attestationErrors.COLLATERAL_UNKNOWN : attestationErrors.COLLATERAL_ANSWER,
        { field: url, expected: "status 200", actual: `status ${response.status}` },
      );
    }
    const body = await readBody(response, url, limit);
    return { body, header: (name) => response.headers.get(name) ?? undefined };
  } catch (error) {
    if (error instanceof Retry || isApocError(error)) throw error;
    throw new Retry(timeout.aborted ? `no answer in ${timeoutMilliseconds} ms` : "no connection", {
      cause: error,
    });
  }
}

async function readBody(response: Response, url: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    size += part.value.length;
    if (size > limit) {
      await reader?.cancel();
      const details = { field: url, expected: `at most ${limit} bytes`, actual: "more" };
      throw new ApocError(attestationErrors.COLLATERAL_ANSWER, details);
    }
    chunks.push(part.value);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
