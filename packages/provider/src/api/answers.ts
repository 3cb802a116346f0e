import { admissionErrors, type PodState, toWire } from "@apoc/core";
import { ApocError, type ErrorDescriptor, type ErrorKind, isApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";

/** HTTP status of an error by how it would end a command; the body always holds the error itself. */
const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  usage: 400,
  wallet: 401,
  payment: 402,
  refused: 403,
  declined: 403,
  pending: 409,
  verification: 422,
  unexpected: 500,
  network: 503,
};

const statusOfCode = new Map<string, number>(
  (
    [
      [admissionErrors.REQUEST_SIGNATURE, 401],
      [providerErrors.POD_UNKNOWN, 404],
      [providerErrors.ROUTE_UNKNOWN, 404],
      [providerErrors.BODY_TOO_LARGE, 413],
      [providerErrors.CONTENT_TYPE, 415],
      [providerErrors.BUSY, 429],
    ] as const satisfies readonly (readonly [ErrorDescriptor, number])[]
  ).map(([{ code }, status]) => [code, status]),
);

/** A JSON answer; amounts become decimal strings. */
export function answer(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(toWire(value)), { status, headers: headers("application/json") });
}

/** An error as `{"error": ErrorDocument}`. What is not coded is not shown: its message may hold anything. */
export function answerError(error: unknown): Response {
  const coded = isApocError(error) ? error : new ApocError(providerErrors.UNEXPECTED);
  const status = statusOfCode.get(coded.code) ?? statusOfKind[coded.descriptor.kind];
  return answer({ error: coded.toJSON() }, status);
}

/** 202 while the pod is on its way into the state that was asked for. */
export function statusFor(state: PodState): number {
  return state === "accepted" || state === "preparing" || state === "draining" ? 202 : 200;
}

export function headers(contentType: string): Record<string, string> {
  return {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
}
