import { getAddress, type TypedDataDefinition } from "viem";
import { z } from "zod";
import type { TypedDataSigner } from "../signature.ts";
import type { BlockStatement } from "./admission.ts";

/** The EIP-712 document of a monitor's statement. */
export function blockStatementTypedData(
  chainId: number,
  statement: Omit<BlockStatement, "signature" | "monitor">,
): TypedDataDefinition {
  return {
    domain: { name: "apoc monitor", version: "1", chainId },
    types: {
      Block: [
        { name: "number", type: "uint256" },
        { name: "hash", type: "bytes32" },
        { name: "seenAt", type: "uint64" },
      ],
    },
    primaryType: "Block",
    message: { number: statement.number, hash: statement.hash, seenAt: BigInt(statement.seenAt) },
  };
}

/** A monitor signs that it sees a block. */
export async function signBlockStatement(
  chainId: number,
  block: Omit<BlockStatement, "signature" | "monitor">,
  monitor: TypedDataSigner,
): Promise<BlockStatement> {
  return {
    ...block,
    monitor: monitor.address,
    signature: await monitor.signTypedData(blockStatementTypedData(chainId, block)),
  };
}

/** Wire form: numbers as decimal strings. */
export const blockStatementSchema = z.strictObject({
  monitor: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .transform((text): BlockStatement["monitor"] => getAddress(text.toLowerCase())),
  number: z
    .string()
    .regex(/^\d{1,30}$/)
    .transform(BigInt),
  hash: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .transform((text) => text as BlockStatement["hash"]),
  seenAt: z.int().positive(),
  signature: z
    .string()
    .max(8192)
    .regex(/^0x([0-9a-f]{2})+$/)
    .transform((text) => text as BlockStatement["signature"]),
});
