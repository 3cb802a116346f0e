import { ApocError } from "@apoc/errors";
import type { Random } from "../attestation/fuzz-mutation.ts";

/** One parser that is given changed inputs. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly mutate: (random: Random, seed: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;
  /** The parser: throws a coded error, or gives `undefined`, for an input that it refuses. */
  readonly parse: (input: Uint8Array) => unknown;
  /** What is wrong with what was read; `undefined` when nothing is. May throw coded errors. */
  readonly judge?: (value: never, input: Uint8Array) => string | undefined | Promise<string | undefined>;
}

/** Declares a target whose judge gets what its parser gives. */
export function target<T>(
  declared: Omit<FuzzTarget, "parse" | "judge"> & {
    readonly parse: (input: Uint8Array) => T | undefined | Promise<T | undefined>;
    readonly judge?: (value: T, input: Uint8Array) => string | undefined | Promise<string | undefined>;
  },
): FuzzTarget {
  return declared as unknown as FuzzTarget;
}

/** Whether an error is one that users may meet: all errors of the packages are coded. */
export function isTyped(error: unknown): boolean {
  return error instanceof ApocError;
}

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text of any bytes, one character for each, as a header has it. */
export function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
