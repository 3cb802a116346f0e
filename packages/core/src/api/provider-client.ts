import { ApocError, type ErrorDescriptor, fromErrorDocument } from "@apoc/errors";
import { type Evidence, parseEvidence } from "@apoc/attestation";
import type { Hex } from "viem";
import { z } from "zod";
import { toWire } from "../channel/wire.ts";
import { admissionErrors } from "../errors.ts";
import type { Grant } from "../grant/grant.ts";
import {
  type PodStatus,
  type ProviderInfo,
  type Quote,
  type QuoteRequest,
  podStatusSchema,
  providerInfoSchema,
  quoteSchema,
} from "./documents.ts";
import { errorDocumentSchema, peerText } from "./error-document.ts";
import { encodeAuthorization, type RequestAuthorization } from "./request.ts";

/** Largest answer that is read into memory. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Longest line of a log that is read into memory, in UTF-16 units: the engine's 256 KiB, escaped. */
const maxLogLine = 2 * 1024 * 1024;

/** One line of a pod's log, as `GET /v1/pods/{id}/logs` streams them: JSON lines. */
export interface PodLogLine {
  readonly container: string;
  readonly stream: "stdout" | "stderr";
  readonly time: string;
  readonly text: string;
}

const logLineSchema = z.object({
  container: peerText(64),
  stream: z.enum(["stdout", "stderr"]),
  time: peerText(64),
  text: z.string(),
});

/** Which log lines are wanted. */
export interface PodLogQuery {
  readonly container?: string;
  readonly tail?: number;
  readonly since?: string;
  readonly follow?: boolean;
}

/**
 * Client of the provider API (docs/spec/admission.md, "HTTP API"). Errors that the provider answers are thrown as they
 * are, with their codes. The transport is the caller's: it pins the TLS key that the evidence attests.
 */
export class ProviderClient {
  readonly url: string;
  readonly #fetch: typeof fetch;
  readonly #signal: AbortSignal | undefined;

  constructor(url: string, options: { fetch?: typeof fetch; signal?: AbortSignal } = {}) {
    this.url = url.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? fetch;
    this.#signal = options.signal;
  }

  info(): Promise<ProviderInfo> {
    return this.#json("GET", "/v1/info", providerInfoSchema);
  }

  /** Asks for evidence over a nonce of 32 bytes. */
  async attest(nonce: Hex): Promise<Evidence> {
    return parseEvidence(await this.#text("POST", "/v1/attest", { body: JSON.stringify({ nonce }) }));
  }

  quote(request: QuoteRequest): Promise<Quote> {
    return this.#json("POST", "/v1/quote", quoteSchema, { body: JSON.stringify(toWire(request)) });
  }

  async uploadGrant(grant: Grant): Promise<void> {
    await this.#text("POST", "/v1/grants", { body: JSON.stringify(grant) });
  }

  /** Deploys or updates; answers once the provider has admitted the pod and recorded the intent to run it. */
  putPod(id: Hex, body: Uint8Array, authorization: RequestAuthorization): Promise<PodStatus> {
    return this.#json("PUT", `/v1/pods/${id}`, podStatusSchema, { body, authorization });
  }

  getPod(id: Hex, authorization: RequestAuthorization): Promise<PodStatus> {
    return this.#json("GET", `/v1/pods/${id}`, podStatusSchema, { authorization });
  }

  deletePod(id: Hex, authorization: RequestAuthorization): Promise<PodStatus> {
    return this.#json("DELETE", `/v1/pods/${id}`, podStatusSchema, { authorization });
  }

  async *logs(id: Hex, query: PodLogQuery, authorization: RequestAuthorization): AsyncGenerator<PodLogLine> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    const response = await this.#send("GET", `/v1/pods/${id}/logs?${search}`, { authorization });
    let rest = "";
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line !== "") yield parseLogLine(line);
      if (rest.length > maxLogLine) throw badLine(`at most ${maxLogLine} characters a line`);
    }
  }

  async #json<T>(method: string, path: string, schema: z.ZodType<T>, options: SendOptions = {}): Promise<T> {
    const text = await this.#text(method, path, options);
    const result = schema.safeParse(parseJson(text, path));
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    throw new ApocError(admissionErrors.PROVIDER_ANSWER, {
      field: `${path} ${issue.path.join(".")}`,
      detail: issue.message,
    });
  }

  async #text(method: string, path: string, options: SendOptions = {}): Promise<string> {
    return readLimited(await this.#send(method, path, options), path);
  }

  async #send(method: string, path: string, { body, authorization }: SendOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (authorization !== undefined) headers["authorization"] = encodeAuthorization(authorization);
    let response: Response;
    try {
      response = await this.#fetch(this.url + path, {
        method,
        headers,
        redirect: "error",
        ...(body === undefined ? {} : { body: body as BodyInit }),
        ...(this.#signal === undefined ? {} : { signal: this.#signal }),
      });
    } catch (cause) {
      const inner = cause instanceof Error && cause.cause instanceof ApocError ? cause.cause : cause;
      if (inner instanceof ApocError) throw inner;
      throw failed(admissionErrors.PROVIDER_UNREACHABLE, this.url, cause);
    }
    if (response.ok) return response;
    const text = await readLimited(response, path);
    const stated = errorDocumentSchema.safeParse((safeJson(text) as { error?: unknown } | undefined)?.error);
    const error = stated.success ? fromErrorDocument(stated.data) : undefined;
    throw (
      error ??
      new ApocError(admissionErrors.PROVIDER_ANSWER, {
        field: path,
        expected: "success",
        actual: `status ${response.status}`,
      })
    );
  }
}

interface SendOptions {
  readonly body?: Uint8Array | string;
  readonly authorization?: RequestAuthorization;
}

async function readLimited(response: Response, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxAnswerBytes) {
      throw new ApocError(admissionErrors.PROVIDER_ANSWER, {
        field: path,
        expected: `at most ${maxAnswerBytes} bytes`,
        actual: "more",
      });
    }
    chunks.push(chunk);
  }
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

function parseLogLine(text: string): PodLogLine {
  const line = logLineSchema.safeParse(safeJson(text));
  if (line.success) return line.data;
  throw badLine("lines {container, stream, time, text}");
}

function badLine(expected: string): ApocError {
  return new ApocError(admissionErrors.PROVIDER_ANSWER, {
    field: "logs",
    expected,
    actual: "something else",
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseJson(text: string, path: string): unknown {
  const value = safeJson(text);
  if (value === undefined)
    throw new ApocError(admissionErrors.PROVIDER_ANSWER, { field: path, expected: "JSON" });
  return value;
}

function failed(descriptor: ErrorDescriptor, url: string, cause: unknown): ApocError {
  return new ApocError(descriptor, {
    field: url,
    cause,
    detail: cause instanceof Error ? cause.message : undefined,
  });
}
