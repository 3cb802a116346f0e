import { expect, test } from "vitest";
import { sampleDeployment } from "../testing/sample-deployment.ts";
import { type StubAnswers, stubChain } from "../testing/stub-chain.ts";
import { type ClosePorts, planClose } from "./close-pod.ts";
import type { Deployment } from "./record.ts";

const publisher = "0x0000000000000000000000000000000000000051";

function plan(answers: StubAnswers, change: Partial<Deployment> = {}, address: string = publisher) {
  const ports = { chain: stubChain(answers), signer: { address } } as unknown as ClosePorts;
  return planClose(ports, sampleDeployment({ state: "deployed", ...change }));
}
const empty = { deposited: 0n, acceptedAt: 0 };

test.each([
  ["runs", {}, {}, "stop"],
  ["is unlocking", { channel: { unlockAt: 2_000 } }, {}, "stop"],
  ["was unlocked long enough", { channel: { unlockAt: 1_000 } }, {}, "collect"],
  ["is closed on the chain", { channel: { closed: true } }, {}, "record"],
  ["was never sent", { channel: empty }, { state: "opening" }, "record"],
  ["was funded but not accepted", { channel: { acceptedAt: 0 } }, { state: "opening" }, "stop"],
] as const)("a pod whose channel %s", async (_name, answers, change, kind) => {
  expect((await plan(answers, change)).kind).toBe(kind);
});

test.each([
  ["the chain does not know its channel", { channel: empty }, {}, "APOC-4004"],
  ["its opening may be under way", { channel: empty, pending: 1 }, { state: "opening" }, "APOC-9231"],
  ["the chain is another one", { chainId: 1 }, {}, "APOC-9228"],
  ["the contract is another one", { paymentChannel: publisher }, {}, "APOC-9228"],
] as const)("a pod is not closed where %s", async (_name, answers, change, code) => {
  await expect(plan(answers, change)).rejects.toMatchObject({ code });
});

test("a pod is not closed with another wallet", async () => {
  const other = "0x0000000000000000000000000000000000000052";
  await expect(plan({}, {}, other)).rejects.toMatchObject({ code: "APOC-9229", actual: other });
});
