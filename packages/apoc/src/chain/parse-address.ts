import { getAddress } from "viem/utils";

/** A checksummed address of 0x and 40 hex digits; a mixed-case one must carry its EIP-55 checksum. */
export function parseAddress(text: string): `0x${string}` {
  return getAddress(/^0x[0-9A-F]{40}$/.test(text) ? text.toLowerCase() : text);
}
