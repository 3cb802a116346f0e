import { expect, test } from "vitest";
import { sampleDeployment } from "../testing/sample-deployment.ts";
import { type StubAnswers, stubChain } from "../testing/stub-chain.ts";
import { type FundPorts, planFund } from "./fund.ts";
import { payingChannel } from "./record.ts";

const signer = { address: "0x0000000000000000000000000000000000000051" };
const { contract, terms } = payingChannel(sampleDeployment());
const { token } = terms.header;
const approval = (amount: bigint) => ({
  type: "send-transaction",
  contract: token,
  function: "approve",
  amount,
});
const deposit = { type: "send-transaction", contract, function: "deposit", amount: 5n };

function plan(answers: StubAnswers, amount = 5n) {
  return planFund({ chain: stubChain(answers), signer } as unknown as FundPorts, sampleDeployment(), amount);
}

test.each([
  ["nothing is allowed", 0n, [approval(5n), deposit]],
  ["too little is allowed", 4n, [approval(0n), approval(5n), deposit]],
  ["enough is allowed", 5n, [deposit]],
])("the wallet is asked for what is missing where %s", async (_name, allowance, steps) => {
  expect((await plan({ allowance, balance: 5n })).steps).toEqual(steps);
});

test.each([
  ["more than there is", { balance: 4n }, 5n, "APOC-4007"],
  ["nothing", { balance: 5n }, 0n, "APOC-4001"],
  ["less than nothing", { balance: 5n }, -1n, "APOC-4001"],
  ["to a closed channel", { balance: 5n, channel: { closed: true } }, 5n, "APOC-9225"],
  ["on another chain", { balance: 5n, chainId: 1 }, 5n, "APOC-9228"],
] as const)("adding %s is refused", async (_name, answers, amount, code) => {
  await expect(plan(answers, amount)).rejects.toMatchObject({ code });
});
