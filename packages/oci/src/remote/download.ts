import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Descriptor } from "../spec.ts";
import type { Content } from "../target.ts";
import { discard, readBody } from "./body.ts";
import { parseContentRange } from "./response-headers.ts";
import type { Transport } from "./transport.ts";

export interface DownloadOptions {
  /** Path below the repository. */
  target: string;
  headers?: Record<string, string>;
  /** First byte that is wanted; 0 by default. */
  start?: number;
  /** Makes the error of an answer that is no content. */
  error: (response: Response) => Promise<ApocError>;
  signal?: AbortSignal | undefined;
}

/** Bytes since the last break that count as progress, which resets the number of tries. */
const progress = 1024 * 1024;

/**
 * Downloads content from a byte on, and where the connection breaks or stands still, from there on by `Range`
 * (RFC 9110, section 14). A registry that ignores `Range` sends all, of which the first part is dropped. The bytes are
 * not verified: anyone who reads them hashes them from the first to the last, over all breaks.
 * @throws SIZE_MISMATCH when the registry announces another length; REGISTRY_PROTOCOL when it sends another range;
 * REGISTRY_UNREACHABLE when too many tries in turn make no progress
 */
export async function* download(
  transport: Transport,
  descriptor: Descriptor,
  options: DownloadOptions,
): Content {
  const { target, signal, start = 0 } = options;
  let at = start;
  let mark = at;
  for (let failures = 0; ; ) {
    const range: Record<string, string> = at === 0 ? {} : { range: `bytes=${at}-` };
    const response = await transport.send({
      method: "GET",
      target,
      action: "pull",
      headers: { "accept-encoding": "identity", ...options.headers, ...range },
      signal,
    });
    let skip = await check(response, descriptor, at, options);
    try {
      const body = { field: descriptor.digest, signal, idleMilliseconds: transport.idleMilliseconds };
      for await (const chunk of readBody(response, body)) {
        const wanted = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - wanted.length;
        at += wanted.length;
        if (wanted.length > 0) yield wanted;
      }
      return;
    } catch (error) {
      if (!isApocError(error, ociErrors.REGISTRY_UNREACHABLE)) throw error;
      if (at >= descriptor.size) return;
      if (at - mark >= progress) [failures, mark] = [0, at];
      if (++failures >= transport.attempts) throw error;
      await transport.backOff(failures, signal);
    }
  }
}

/** Returns how many bytes of the body come before what is wanted. */
async function check(
  response: Response,
  { digest, size }: Descriptor,
  at: number,
  { error }: DownloadOptions,
): Promise<number> {
  const partial = response.status === 206 && at > 0;
  if (response.status !== 200 && !partial) throw await error(response);
  if (partial) {
    const range = parseContentRange(response.headers.get("content-range") ?? "");
    if (range?.start !== at || range.end !== size - 1 || (range.size ?? size) !== size) {
      const actual = response.headers.get("content-range")?.slice(0, 100) ?? "no Content-Range";
      await discard(response);
      throw new ApocError(ociErrors.REGISTRY_PROTOCOL, {
        field: digest,
        expected: `bytes ${at}-${size - 1}/${size}`,
        actual,
      });
    }
  }
  const length = response.headers.get("content-length");
  // A length of something encoded says nothing of the content.
  const stated = response.headers.has("content-encoding") || length === null ? undefined : Number(length);
  const expected = partial ? size - at : size;
  if (stated !== undefined && stated !== expected) {
    await discard(response);
    throw new ApocError(ociErrors.SIZE_MISMATCH, {
      field: digest,
      expected: `${expected} bytes`,
      actual: `${length?.slice(0, 20)} bytes announced`,
    });
  }
  return partial ? 0 : at;
}
