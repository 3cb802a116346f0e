import type { Answer } from "./answer.ts";

/** One request as hooks see it. */
export interface RegistryRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** How a registry misbehaves in a test of what reads from it. Members apply together. */
export interface Fault {
  /** Answers with this status and nothing else, without doing anything. */
  status?: number;
  /** Replace headers of the true answer; an empty text removes one. */
  headers?: Record<string, string>;
  /** Replaces the body of the true answer. */
  body?: (bytes: Uint8Array) => Uint8Array;
  /** Breaks the connection after so many bytes of the body. */
  breakAfter?: number;
  /** Breaks the connection before anything is answered. */
  disconnect?: boolean;
}

/** Decides for each request whether, and how, to misbehave. */
export type FaultHook = (request: RegistryRequest) => Fault | undefined;

/** Applies a fault to the true answer. */
export async function distort(answer: Answer, fault: Fault): Promise<Answer> {
  const distorted: Answer = { ...answer, headers: { ...answer.headers } };
  if (fault.body !== undefined && answer.body !== undefined) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body instanceof Uint8Array ? [answer.body] : answer.body)
      chunks.push(chunk);
    distorted.body = fault.body(Buffer.concat(chunks));
    distorted.headers = { ...distorted.headers, "content-length": `${distorted.body.length}` };
  }
  for (const [name, value] of Object.entries(fault.headers ?? {})) {
    const headers = distorted.headers as Record<string, string>;
    if (value === "") delete headers[name.toLowerCase()];
    else headers[name.toLowerCase()] = value;
  }
  return distorted;
}
