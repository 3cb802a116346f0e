import { expect, test } from "vitest";
import { payingChannel } from "../pod/record.ts";
import { sampleDeployment } from "../testing/sample-deployment.ts";
import { openingSteps } from "./open-channel.ts";

const { contract, terms } = payingChannel(sampleDeployment());
const { token, acceptBy } = terms.header;
const send = { type: "send-transaction", contract, amount: 5n };

test("a token with permits asks for one signature and one transaction", () => {
  const domain = { name: "t", version: "1", chainId: 1, verifyingContract: token };
  expect(openingSteps(contract, { terms, deposit: 5n, method: { type: "permit", domain } })).toEqual([
    { type: "sign-permit", token, spender: contract, amount: 5n, deadline: BigInt(acceptBy) },
    { ...send, function: "createChannelWithPermit" },
  ]);
});

test("a token without permits asks for an approval of exactly the deposit before", () => {
  const approval = { token, spender: contract, values: [0n, 5n] };
  expect(openingSteps(contract, { terms, deposit: 5n, method: { type: "approval", approval } })).toEqual([
    { ...send, contract: token, function: "approve", amount: 0n },
    { ...send, contract: token, function: "approve" },
    { ...send, function: "createChannel" },
  ]);
});
