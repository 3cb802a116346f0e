import type { ErrorDescriptor } from "@apoc/errors";
import { admissionErrors, apiErrors, paymentErrors, podErrors } from "../errors.ts";

/** Numbers of admission errors from `first` hundred to `last` hundred: one hundred a check. */
function checks(first: number, last: number): readonly ErrorDescriptor[] {
  return Object.values(admissionErrors).filter(({ code }) => {
    const hundred = Math.floor((Number(code.slice(-4)) - 6000) / 100);
    return hundred >= first && hundred <= last;
  });
}

/** What every route can answer: defects, and parts of the provider that do not answer. */
export const commonErrors: readonly ErrorDescriptor[] = [apiErrors.UNEXPECTED, apiErrors.UNAVAILABLE];

/** What a route with a body can answer before anything looks into it. */
export const bodyErrors: readonly ErrorDescriptor[] = [apiErrors.CONTENT_TYPE, apiErrors.BODY_TOO_LARGE];

/** What a route about a pod can answer: check 1, and pods that are not there. */
export const signedErrors: readonly ErrorDescriptor[] = [...checks(1, 1), apiErrors.POD_UNKNOWN];

/** What a route that admits a pod can answer: checks 2 to 9, and what the request or its images lack. */
export const admittingErrors: readonly ErrorDescriptor[] = [
  ...checks(2, 9),
  paymentErrors.CHANNEL_INVALID,
  paymentErrors.TOO_MANY_PAYEES,
  podErrors.MANIFEST_FIELD,
  podErrors.GRANT_INVALID,
  podErrors.GRANT_VERSION,
  podErrors.SECRETS_UNREADABLE,
  apiErrors.SECRETS_MISSING,
  apiErrors.CONTENT_FULL,
  apiErrors.IMAGE_TOO_LARGE,
  apiErrors.ADDRESS_PRIVATE,
  apiErrors.STOPPING,
];
