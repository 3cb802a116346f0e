import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { parseStrictJson } from "../json-document.ts";
import type { BlockSource } from "./blocks.ts";
import { writeCar } from "./car.ts";
import type { Cid } from "./cid.ts";
import { below, startNode, parseBaseUrl } from "./gateway-request.ts";

export interface PublishToKuboOptions {
  /** Base URL of the RPC of a Kubo node, such as `http://127.0.0.1:5001`. Anyone who reaches it controls the node. */
  readonly api: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were handed over since the last call. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Maximum number of bytes of an answer that are read; it is a few lines. */
const answerLimit = 64 * 1024;

/**
 * Hands a root and all below it to a Kubo node as one CAR and has it pinned (`/api/v0/dag/import`). The node hashes the
 * blocks itself; that it names the same root is checked.
 * @throws KUBO_UNREACHABLE, KUBO_REFUSED, KUBO_ROOT_MISMATCH; RangeError for what is no base URL
 */
export async function publishToKubo(
  blocks: BlockSource,
  root: Cid,
  options: PublishToKuboOptions,
): Promise<void> {
  const url = below(parseBaseUrl(options.api), "api/v0/dag/import?pin-roots=true&allow-big-block=false");
  const boundary = `apoc-${crypto.randomUUID()}`;
  const fetch = options.fetch ?? ((input: string, init?: RequestInit) => globalThis.fetch(input, init));
  // A broken source is told as what it is, not as the connection that it breaks.
  let failure: unknown;
  const parts = multipart(boundary, writeCar(blocks, root, { signal: options.signal }), options.onProgress);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await parts.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
    async cancel() {
      await parts.return?.(undefined);
    },
  });
  const init = {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    body,
    duplex: "half",
    redirect: "error",
    signal: options.signal ?? null,
  } as RequestInit;
  const answer = await (async () => {
    try {
      const response = await fetch(url.href, init);
      return { status: response.status, text: await readText(response) };
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (failure !== undefined) throw failure;
      if (isApocError(cause)) throw cause;
      throw new ApocError(ociErrors.KUBO_UNREACHABLE, {
        field: url.origin,
        ...startNode(url),
        cause,
      });
    }
  })();
  if (answer.status !== 200) throw refused(url, `status ${answer.status}`, messageOf(answer.text));
  assertPinned(url, root, answer.text);
}

/** The answer is a JSON document a line; one of them names the root, pinned without an error. */
function assertPinned(url: URL, root: Cid, text: string): void {
  const roots = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => readLine(url, line))
    .flatMap(({ Root, Type, Message }) => {
      if (Type === "error") throw refused(url, "an error", Message ?? "");
      return Root === undefined ? [] : [Root];
    });
  const [answered] = roots;
  if (roots.length !== 1 || answered?.Cid?.["/"] !== root.toString()) {
    throw new ApocError(ociErrors.KUBO_ROOT_MISMATCH, {
      field: url.origin,
      expected: root.toString(),
      actual:
        roots
          .map((one) => String(one.Cid?.["/"]))
          .join(", ")
          .slice(0, 200) || "nothing",
    });
  }
  const { PinErrorMsg } = answered;
  if (PinErrorMsg !== undefined && PinErrorMsg !== "") throw refused(url, "not pinned", PinErrorMsg);
}

interface AnswerLine {
  readonly Root?: { readonly Cid?: { readonly "/"?: unknown }; readonly PinErrorMsg?: string };
  readonly Type?: string;
  readonly Message?: string;
}

function readLine(url: URL, line: string): AnswerLine {
  try {
    const value = parseStrictJson(new TextEncoder().encode(line), { field: url.origin, limit: answerLimit });
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below, with what was there.
  }
  throw refused(url, "an answer of another program", line.slice(0, 100));
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > answerLimit) break;
    chunks.push(chunk);
  }
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

async function* multipart(
  boundary: string,
  content: AsyncIterable<Uint8Array>,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  const encode = (text: string) => new TextEncoder().encode(text);
  yield encode(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="image.car"\r\n` +
      "content-type: application/vnd.ipld.car\r\n\r\n",
  );
  for await (const chunk of content) {
    yield chunk;
    onProgress?.(chunk.length);
  }
  yield encode(`\r\n--${boundary}--\r\n`);
  return undefined;
}

function messageOf(text: string): string {
  try {
    const { Message } = JSON.parse(text) as { Message?: unknown };
    return typeof Message === "string" ? Message : text;
  } catch {
    return text;
  }
}

function refused(url: URL, actual: string, detail: string): ApocError {
  return new ApocError(ociErrors.KUBO_REFUSED, {
    field: url.origin,
    actual,
    detail: detail.slice(0, 300) || undefined,
  });
}
