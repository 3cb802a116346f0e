import { marketplaceAbi, paymentChannelAbi } from "@apoc/core";
import { type Address, encodeDeployData } from "viem";
import { marketplaceCode, paymentChannelCode, testTokenAbi, testTokenCode } from "./bytecode.gen.ts";
import type { DeterministicContract } from "./deterministic-deployment.ts";
import { testToken } from "./development.ts";

/** Channel and marketplace as they are deployed everywhere. */
export function networkContracts(beneficiary: Address): readonly DeterministicContract[] {
  return [
    {
      name: "PaymentChannel",
      code: paymentChannelCode,
      creation: encodeDeployData({ abi: paymentChannelAbi, bytecode: paymentChannelCode.creation }),
    },
    {
      name: "Marketplace",
      code: marketplaceCode,
      creation: encodeDeployData({
        abi: marketplaceAbi,
        bytecode: marketplaceCode.creation,
        args: [beneficiary],
      }),
    },
  ];
}

/** The test token of development chains. */
export const testTokenContract: DeterministicContract = {
  name: "TestToken",
  code: testTokenCode,
  creation: encodeDeployData({
    abi: testTokenAbi,
    bytecode: testTokenCode.creation,
    args: [testToken.name, testToken.symbol, testToken.decimals],
  }),
};
