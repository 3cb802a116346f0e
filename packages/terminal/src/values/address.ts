import { ApocError } from "@apoc/errors";
import { getAddress, isAddress } from "viem/utils";
import { terminalErrors } from "../errors.ts";

/** A checksummed address of 0x and 40 hex digits; a mixed-case one must carry its EIP-55 checksum. Throws USAGE. */
export function parseAddress(text: string): `0x${string}` {
  const even = /^0x[0-9A-F]{40}$/.test(text) ? text.toLowerCase() : text;
  if (isAddress(even)) return getAddress(even);
  throw new ApocError(terminalErrors.USAGE, {
    expected: "an address: 0x and 40 hex digits, in mixed case with a valid checksum",
    actual: text,
  });
}
