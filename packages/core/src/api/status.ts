import type { ErrorDescriptor, ErrorKind } from "@apoc/errors";
import { admissionErrors, apiErrors } from "../errors.ts";

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
      [apiErrors.POD_UNKNOWN, 404],
      [apiErrors.CONTAINER_UNKNOWN, 404],
      [apiErrors.ROUTE_UNKNOWN, 404],
      [apiErrors.METHOD_UNKNOWN, 405],
      [apiErrors.BODY_TOO_LARGE, 413],
      [apiErrors.CONTENT_TYPE, 415],
      [apiErrors.BUSY, 429],
    ] as const satisfies readonly (readonly [ErrorDescriptor, number])[]
  ).map(([{ code }, status]) => [code, status]),
);

/** HTTP status under which the provider API answers an error: of its code where there is one, else of its kind. */
export function statusOfError({ code, kind }: ErrorDescriptor): number {
  return statusOfCode.get(code) ?? statusOfKind[kind];
}
