import { admissionErrors, type PodState } from "@apoc/core";
import { ApocError, type ErrorDocument, isApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";

/** Codes that a pod waits out: the chain or its channel may come back. */
const suspending: readonly string[] = [
  admissionErrors.CHAIN_STALE,
  admissionErrors.CHAIN_DISAGREES,
  admissionErrors.CHAIN_FORK,
  admissionErrors.CHAIN_MONITORS,
  admissionErrors.FUNDS_UNKNOWN,
  admissionErrors.FUNDS_NOT_ACCEPTED,
  admissionErrors.FUNDS_UNLOCKING,
  admissionErrors.FUNDS_RUNWAY,
].map(({ code }) => code);

/** The state that a failure to start puts a pod into. Every one of them is tried again, later and later. */
export function stateAfter(error: unknown): PodState {
  if (!isApocError(error)) return "failed";
  if (suspending.includes(error.code)) return "suspended";
  return error.descriptor.exit === "network" ? "preparing" : "failed";
}

/** What a publisher is told of a failure: coded errors as they are, of others nothing but that it happened. */
export function reasonOf(error: unknown): ErrorDocument {
  return (isApocError(error) ? error : new ApocError(providerErrors.UNEXPECTED)).toJSON();
}
