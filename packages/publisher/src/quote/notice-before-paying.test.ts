import type { OpenChain, OpenPlan } from "@apoc/client";
import { completeHeader, type License, payeeOfOffer, priceBreakdown } from "@apoc/core";
import type { Context } from "@apoc/terminal";
import { zeroAddress, zeroHash } from "viem";
import { expect, test } from "vitest";
import { confirmPlan } from "./confirm-plan.ts";

const address = "0x0000000000000000000000000000000000000041";
const license: License = {
  version: 1,
  developer: `eip155:31337:${address}`,
  offers: [
    {
      chain: "eip155:31337",
      contract: zeroAddress,
      token: zeroAddress,
      oneTime: 25_000_000n,
      perSecond: 0n,
      executionShare: 0,
      meteredCap: 0n,
    },
  ],
  policy: { args: false, env: [], mounts: [] },
};
const digest = `sha256:${"0a".repeat(32)}` as const;
const [offer] = license.offers;
const payees = [payeeOfOffer(digest, license, offer!)];
const header = completeHeader(
  {
    publisher: address,
    provider: address,
    token: zeroAddress,
    podId: zeroHash,
    meter: zeroAddress,
    grace: 600,
    acceptBy: 1,
    maxExecRate: 1n << 40n,
    execBurst: 0n,
  },
  payees,
);
const breakdown = priceBreakdown({ header, payees }, 3600n);
const taken = [
  {
    image: { label: "ada/ledger:1.0", digest },
    license,
    offer: offer!,
    payee: payees[0]!,
    containers: ["ledger"],
  },
];
const token = { address: zeroAddress, symbol: "USDC", decimals: 6 };
/** What a plan says to whoever is asked; nothing of it is signed or sent. */
const plan = {
  quote: { checks: [] },
  price: { breakdown, token, provider: "provider.example", taken, networkFee: undefined, grace: 600 },
  token,
  provider: { address, url: "https://provider.example" },
  pinned: { manifest: { name: "books", containers: [] } },
  info: { developmentTee: false },
  deposit: breakdown.total,
  refusal: undefined,
  obstacle: undefined,
} as unknown as OpenPlan;

test("marketplace notice and price come before the question, and the question before anything is paid", async () => {
  const said: string[] = [];
  const ui = {
    interactive: true,
    paint: (text: string) => text,
    note: () => {},
    notice: (text: string) => void said.push(text),
    confirm: async (text: string) => {
      said.push(text);
      throw new Error("declined");
    },
  };
  const ctx = { ui, flags: { yes: false } } as unknown as Context;
  const chain = { caip2: "eip155:31337" } as unknown as OpenChain;
  await expect(confirmPlan(ctx, chain, address, plan, undefined)).rejects.toThrow("declined");
  const [notice, question] = said;
  expect(notice).toContain("MARKETPLACE");
  expect(notice).toContain("ada/ledger:1.0");
  expect(notice).toContain("25.000000");
  expect(question).toMatch(/^Deposit 25\./);
  expect(said).toHaveLength(2);
});
