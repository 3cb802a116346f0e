import type { TypedDataDefinition } from "viem";
import { z } from "zod";
import { decimalSchema } from "../schema/decimal.ts";
import { addressSchema, bytes32Schema, signatureSchema } from "../schema/hex.ts";
import type { TypedDataSigner } from "../signature.ts";
import type { BlockStatement } from "./chain-view.ts";

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
  monitor: addressSchema,
  number: decimalSchema,
  hash: bytes32Schema,
  seenAt: z.int().positive(),
  signature: signatureSchema,
});
