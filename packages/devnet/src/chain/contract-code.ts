import { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import { devnetErrors } from "../errors.ts";

/** A contract as the compiler gave it. */
export interface ContractCode {
  /** Without constructor arguments. */
  readonly creation: Hex;
  /** With zeros where immutable variables are. */
  readonly runtime: Hex;
  /** Where immutable variables stand in `runtime`: offset and length in bytes. */
  readonly immutables: readonly (readonly [offset: number, length: number])[];
}

/**
 * Checks that the code found at an address is this contract's, whatever its immutable variables are.
 * @throws DEPLOY_CODE_MISMATCH
 */
export function assertRuntimeCode(name: string, { runtime, immutables }: ContractCode, found: Hex): void {
  let masked = found.toLowerCase();
  for (const [offset, length] of immutables) {
    const start = 2 + 2 * offset;
    masked = masked.slice(0, start) + "00".repeat(length) + masked.slice(start + 2 * length);
  }
  if (masked === runtime) return;
  throw new ApocError(devnetErrors.DEPLOY_CODE_MISMATCH, {
    field: name,
    expected: `${runtime.length / 2 - 1} bytes of compiled code`,
    actual: `${found.length / 2 - 1} other bytes`,
  });
}
