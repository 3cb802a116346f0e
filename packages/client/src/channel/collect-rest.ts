import { paymentChannelAbi } from "@apoc/core";
import { parseEventLogs } from "viem";
import { sendCall } from "../chain/send-call.ts";
import type { ClientPorts } from "../ports.ts";
import type { Channel } from "./account.ts";

/** Takes back the rest of a channel that has ended, base units. Throws what `sendCall` throws. */
export async function collectRest(
  { chain, signer }: Pick<ClientPorts, "chain" | "signer">,
  { contract, terms }: Channel,
): Promise<bigint> {
  const { logs } = await sendCall(chain, signer, {
    address: contract,
    abi: paymentChannelAbi,
    functionName: "closeChannel",
    args: [terms.header, signer.address],
  });
  const [refunded] = parseEventLogs({ abi: paymentChannelAbi, eventName: "Refunded", logs });
  return refunded?.args.amount ?? 0n;
}
