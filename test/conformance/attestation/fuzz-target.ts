import { DerError, JsonError, PemError } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { LayoutError } from "@apoc/attestation/testing";
import type { Random } from "./fuzz-mutation.ts";

/** One parser, or one part of evidence, that is given changed inputs. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly mutate: (random: Random, seed: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;
  /** The parser: throws its own error, or gives `false`, for an input that it refuses. */
  readonly parse: (input: Uint8Array, seed: Uint8Array) => unknown;
  /**
   * What an input that was parsed is worth, for example whole evidence with it in its place: `undefined` when it has no
   * more force than it may have, else what it was wrongly taken for. Throws typed errors only.
   */
  readonly judge?: (input: Uint8Array, seed: Uint8Array) => Verdict | Promise<Verdict>;
}

type Verdict = string | undefined;

/** Whether an error is one that a parser documents, and no exception of the language that slipped through. */
export function isTyped(error: unknown): boolean {
  if (error instanceof ApocError)
    return (
      error.cause === undefined ||
      !(error.cause instanceof Error) ||
      isTyped(error.cause) ||
      isOfPlatform(error.cause)
    );
  return (
    [DerError, PemError, LayoutError, JsonError].some((type) => error instanceof type) || isOfPlatform(error)
  );
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

/** What is wrong with a verdict over changed evidence; `meaning`: whether all that counts is as it was. */
export function faultOf(
  { affirming, results }: { affirming: boolean; results: readonly { readonly verdict: string }[] },
  meaning = false,
): Verdict {
  if (affirming) return meaning ? undefined : "accepted";
  // Neither an accept nor a failed check would be a refusal without a reason code.
  return results.some(({ verdict }) => verdict === "fail") ? undefined : "refused without a reason";
}

/** Runs a parser whose refusal is fine; any other error than a typed one goes on. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isTyped(error)) throw error;
    return undefined;
  }
}
