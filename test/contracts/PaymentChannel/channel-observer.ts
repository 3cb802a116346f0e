import { paymentChannelAbi as abi } from "@apoc/core";
import { getAbiItem } from "viem";

/** `look` of test/contracts/PaymentChannel/ChannelObserver.sol. */
export const observerAbi = [
  {
    type: "function",
    name: "look",
    stateMutability: "view",
    inputs: [
      { name: "channel", type: "address" },
      { ...getAbiItem({ abi, name: "channelId" }).inputs[0], name: "header" },
      { ...getAbiItem({ abi, name: "due" }).inputs[2], name: "payees", type: "tuple[]" },
    ],
    outputs: [
      {
        name: "sight",
        type: "tuple",
        components: [
          { ...getAbiItem({ abi, name: "channel" }).outputs[0], name: "state" },
          { name: "paid", type: "uint96[]" },
          { name: "metered", type: "uint96[]" },
          { name: "due", type: "uint96[]" },
          { name: "available", type: "uint96" },
          { name: "providerDue", type: "uint96" },
          { name: "held", type: "uint256" },
        ],
      },
    ],
  },
] as const;
