import { isApocError } from "@apoc/errors";

/** Symbolic name of the coded error that a promise fails with; `none` when it does not. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return isApocError(error) ? error.descriptor.name : `untyped ${String(error)}`;
  }
}
