import { ApocError, isApocError, type NextStep } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { isLoopback } from "../remote/loopback.ts";
import { blockLimit, blockMissing, blockTooLarge } from "./blocks.ts";
import type { Cid } from "./cid.ts";

/** Media type of one block (trustless gateway specification, "Response Types"). */
export const rawBlockType = "application/vnd.ipld.raw";
const maxRedirects = 3;

/**
 * Asks one gateway for one block (trustless gateway specification: `GET /ipfs/{cid}?format=raw`). The bytes are limited
 * in size and time, and not checked here. A gateway may redirect within its host name and below it (`{cid}.ipfs.HOST`);
 * it may not make us ask anybody else.
 * @throws BLOCK_MISSING, BLOCK_TOO_LARGE, GATEWAY_UNREACHABLE, GATEWAY_PROTOCOL, GATEWAY_REDIRECT, or the signal's reason
 */
export async function requestBlock(
  gateway: URL,
  cid: Cid,
  options: {
    readonly fetch: typeof globalThis.fetch;
    readonly timeoutMilliseconds: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Uint8Array> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), options.timeoutMilliseconds);
  const signal = options.signal ? AbortSignal.any([deadline.signal, options.signal]) : deadline.signal;
  try {
    const response = await follow(gateway, cid, { fetch: options.fetch, signal });
    return await readBlock(gateway, cid, response);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (isApocError(cause)) throw cause;
    throw new ApocError(ociErrors.GATEWAY_UNREACHABLE, {
      field: gateway.origin,
      ...(deadline.signal.aborted ? { actual: `no block in ${options.timeoutMilliseconds} ms` } : {}),
      ...startNode(gateway),
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the base URL of a gateway or RPC. Throws RangeError, which the command line shows as a usage error. */
export function parseBaseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash + url.username !== "") {
    throw new RangeError(`expected an http or https URL such as http://127.0.0.1:8080, found ${text}`);
  }
  return url;
}

/** What to do where a node of this machine does not answer. */
export function startNode({ host }: URL): { next?: NextStep } {
  return isLoopback(host) ? { next: { action: "start-ipfs-node" } } : {};
}

/** A URL below a base URL, whether that ends in a slash or not. */
export function below(base: URL, path: string): URL {
  return new URL(`${base.href.replace(/\/+$/, "")}/${path}`);
}

async function follow(
  gateway: URL,
  cid: Cid,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<Response> {
  let url = below(gateway, `ipfs/${cid.toString()}?format=raw`);
  for (let redirects = 0; ; redirects++) {
    const init: RequestInit = { headers: { accept: rawBlockType }, redirect: "manual", signal };
    let response = await fetch(url.href, init);
    if (response.type === "opaqueredirect") {
      // A browser hides redirects: it is let follow, and where it ended is checked.
      response = await fetch(url.href, { ...init, redirect: "follow" });
      assertSameHost(gateway, new URL(response.url));
    }
    if (![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    const header = response.headers.get("location") ?? "";
    const next = URL.parse(header, url.href);
    if (next === null || redirects >= maxRedirects)
      throw protocol(gateway, "an answer", `redirect ${redirects + 1} to ${header.slice(0, 100)}`);
    assertSameHost(gateway, next);
    url = next;
  }
}

/** Host and port of the gateway, or a name below its own; no step back from https to http. */
function assertSameHost(gateway: URL, next: URL): void {
  const sameHost =
    next.host === gateway.host || (next.host.endsWith(`.${gateway.host}`) && /[a-z]/i.test(gateway.host));
  const sameScheme = next.protocol === gateway.protocol || next.protocol === "https:";
  if (sameHost && sameScheme) return;
  throw new ApocError(ociErrors.GATEWAY_REDIRECT, {
    field: gateway.origin,
    expected: `${gateway.host} or a name below it`,
    actual: next.origin.slice(0, 120),
  });
}

async function readBlock(gateway: URL, cid: Cid, response: Response): Promise<Uint8Array> {
  const { status, headers, body } = response;
  try {
    if (status === 404 || status === 410) throw blockMissing(cid);
    if (status === 429 || status >= 500) {
      throw new ApocError(ociErrors.GATEWAY_UNREACHABLE, {
        field: gateway.origin,
        actual: `status ${status}`,
      });
    }
    if (status !== 200) throw protocol(gateway, "status 200", `${status}`);
    const type = (headers.get("content-type") ?? "nothing").split(";")[0]!.trim().toLowerCase();
    if (type !== rawBlockType && type !== "application/octet-stream")
      throw protocol(gateway, rawBlockType, type.slice(0, 80));
    const length = Number(headers.get("content-length") ?? 0);
    if (length > blockLimit) throw blockTooLarge(cid.toString(), length);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body ?? []) {
      size += chunk.length;
      if (size > blockLimit) throw blockTooLarge(cid.toString(), `more than ${blockLimit}`);
      chunks.push(chunk);
    }
    if (chunks.length === 1) return chunks[0]!;
    const block = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      block.set(chunk, at);
      at += chunk.length;
    }
    return block;
  } catch (error) {
    if (!response.bodyUsed) await body?.cancel();
    throw error;
  }
}

function protocol(gateway: URL, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.GATEWAY_PROTOCOL, { field: gateway.origin, expected, actual });
}
