import type { ServerResponse } from "node:http";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";

const statuses = new Map<string, number>([
  [providerErrors.INGRESS_REQUEST_INVALID.code, 400],
  [providerErrors.INGRESS_HOST_UNKNOWN.code, 404],
  [providerErrors.INGRESS_POD_FAILED.code, 502],
  [providerErrors.INGRESS_POD_UNREADY.code, 503],
  [providerErrors.INGRESS_POD_TIMEOUT.code, 504],
]);

/** Status and JSON body for an error. Of a failed look-up the client learns only that the pod is not there. */
export function errorAnswer(error: unknown): { status: number; body: string } {
  const known = error instanceof ApocError ? error : new ApocError(providerErrors.INGRESS_POD_UNREADY);
  const status = statuses.get(known.code);
  if (status === undefined) return errorAnswer(undefined);
  return { status, body: `${JSON.stringify(known)}\n` };
}

/** Answers with an error; where an answer has begun, it is cut off. */
export function answerError(answer: ServerResponse, error: unknown): void {
  if (answer.headersSent || answer.destroyed) {
    answer.destroy();
    return;
  }
  const { status, body } = errorAnswer(error);
  answer.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  });
  answer.end(body);
}
