import { apiErrors, type Route, statusOfError, toWire } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";

/** A JSON answer; amounts become decimal strings. */
export function answer(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(toWire(value)), { status, headers: headers("application/json") });
}

/**
 * The error of a route that a caller gets: as it is where the route declares its code. What is not declared is not
 * shown, since it may hold anything: the caller learns only whether trying again may help.
 */
export function declaredError({ errors }: Pick<Route, "errors">, error: unknown): ApocError {
  if (!isApocError(error)) return new ApocError(apiErrors.UNEXPECTED);
  if (errors.some(({ code }) => code === error.code)) return error;
  return new ApocError(error.descriptor.kind === "network" ? apiErrors.UNAVAILABLE : apiErrors.UNEXPECTED);
}

/** An error as `{"error": ErrorDocument}`. */
export function answerError(error: ApocError): Response {
  return answer({ error: error.toJSON() }, statusOfError(error.descriptor));
}

/** Headers of every answer. */
export function headers(contentType: string): Record<string, string> {
  return {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
}
