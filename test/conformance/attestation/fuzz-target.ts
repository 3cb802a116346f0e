import { ApocError } from "@apoc/errors";
import { DerError } from "../../../packages/attestation/src/der.ts";
import { JsonError } from "../../../packages/attestation/src/strict-json.ts";
import { LayoutError } from "../../../packages/attestation/src/tdx/byte-reader.ts";
import type { Random } from "./fuzz-mutation.ts";

/** One parser, or one part of evidence, that is given changed inputs. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly mutate: (random: Random, seed: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;
  /**
   * Reads the input; throws what the parser throws. Gives whether it was refused (`false`), or was read and has no more
   * force than it may have (`true`), or what it was wrongly taken for.
   */
  readonly read: (input: Uint8Array, seed: Uint8Array) => boolean | string | Promise<boolean | string>;
}

/** Whether an error is one that a parser documents, and no exception of the language that slipped through. */
export function isTyped(error: unknown): boolean {
  if (error instanceof ApocError)
    return (
      error.cause === undefined ||
      !(error.cause instanceof Error) ||
      isTyped(error.cause) ||
      isOfPlatform(error.cause)
    );
  return [DerError, LayoutError, JsonError].some((type) => error instanceof type) || isOfPlatform(error);
}

/** Text that is not UTF-8, which parsers may pass on from the platform's decoder; JSON that the platform refuses. */
function isOfPlatform(error: unknown): boolean {
  const { code } = error as { code?: string };
  return (
    error instanceof SyntaxError ||
    (error instanceof TypeError && code === "ERR_ENCODING_INVALID_ENCODED_DATA")
  );
}

/** Whether byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** A verdict without a failed check and without an accept would have no reason code. */
export function complete(checks: readonly { readonly verdict: string }[]): false | string {
  return checks.some(({ verdict }) => verdict === "fail") ? false : "refused without a reason";
}

/** Runs a parser whose refusal is fine; any other error than a typed one goes on. */
export function attempt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
}
