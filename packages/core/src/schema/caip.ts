import { z } from "zod";
import { type AccountName, type ChainName, parseAccountName, parseChainName } from "../chain-id.ts";

/** A chain as CAIP-2 id. */
export const chainNameSchema = z
  .string()
  .regex(/^eip155:[1-9]\d{0,15}$/, "eip155:<decimal id>")
  .refine((text) => holds(() => parseChainName(text)), "eip155:<decimal id>")
  .transform((text) => text as ChainName);

/** An account as CAIP-10 id, its address in EIP-55 form. */
export const accountNameSchema = z
  .string()
  .regex(/^eip155:[1-9]\d{0,15}:0x[0-9a-fA-F]{40}$/, "eip155:<decimal id>:<EIP-55 address>")
  .refine((text) => holds(() => parseAccountName(text)), "eip155:<decimal id>:<EIP-55 address>")
  .transform((text) => text as AccountName);

function holds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
