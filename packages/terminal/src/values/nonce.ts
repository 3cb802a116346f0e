import { ApocError } from "@apoc/errors";
import { terminalErrors } from "../errors.ts";

/** The 32 bytes of a nonce, given in hex with or without 0x. Throws USAGE. */
export function parseNonce(text: string): Uint8Array {
  const match = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text);
  if (match === null)
    throw new ApocError(terminalErrors.USAGE, { expected: "32 bytes in hex", actual: text });
  return new Uint8Array(Buffer.from(match[1] ?? "", "hex"));
}
