import { admissionErrors, apiErrors, type PodState } from "@apoc/core";
import { ApocError, type ErrorDocument, isApocError } from "@apoc/errors";

/** Codes of a view of the chain that a pod waits out. */
const suspending: readonly string[] = [
  admissionErrors.CHAIN_STALE,
  admissionErrors.CHAIN_FUTURE,
  admissionErrors.CHAIN_DISAGREES,
  admissionErrors.CHAIN_FORK,
  admissionErrors.CHAIN_MONITORS,
].map(({ code }) => code);

const funds: readonly string[] = [
  admissionErrors.FUNDS_UNKNOWN,
  admissionErrors.FUNDS_NOT_ACCEPTED,
  admissionErrors.FUNDS_UNLOCKING,
  admissionErrors.FUNDS_RUNWAY,
].map(({ code }) => code);

/** Whether it is the channel that does not carry a pod any more, as opposed to the view of the chain. */
export function isFundsReason(reason: ApocError): boolean {
  return funds.includes(reason.code);
}

/** The state that a failure to start puts a pod into. Every one of them is tried again, later and later. */
export function stateAfter(error: unknown): PodState {
  if (!isApocError(error)) return "failed";
  if (suspending.includes(error.code) || isFundsReason(error)) return "suspended";
  return error.descriptor.kind === "network" ? "preparing" : "failed";
}

/** What a publisher is told of a failure: coded errors as they are, of others nothing but that it happened. */
export function reasonOf(error: unknown): ErrorDocument {
  return (isApocError(error) ? error : new ApocError(apiErrors.UNEXPECTED)).toJSON();
}
