import { marketplaceAbi } from "@apoc/core";
import type { Hex } from "viem";
import { sendCall } from "../chain/send-call.ts";
import type { ClientPorts } from "../ports.ts";

/** Takes a listing of the signer's out of the catalogue, permanently. Gives the transaction; throws what `sendCall` throws. */
export async function retireListing(
  { chain, signer }: Pick<ClientPorts, "chain" | "signer">,
  listing: bigint,
): Promise<Hex> {
  const { transactionHash } = await sendCall(chain, signer, {
    address: chain.address("marketplace"),
    abi: marketplaceAbi,
    functionName: "retire",
    args: [listing],
  });
  return transactionHash;
}
