import {
  hourlyRate,
  type License,
  type PricedImage,
  type Offer,
  payeeOfOffer,
  type PodPrice,
  priceBreakdown,
  completeHeader,
} from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { zeroAddress } from "viem";
import { expect, test } from "vitest";
import { renderBreakdown, renderMarketplaceNotice } from "./render-breakdown.ts";

const token = { symbol: "USDC", decimals: 6 };
const place = {
  chain: "eip155:31337",
  contract: "0x0000000000000000000000000000000000000031",
  token: "0x0000000000000000000000000000000000000041",
} as const;

function taken(label: string, developer: string, digest: Digest, price: Partial<Offer>): PricedImage {
  const offer: Offer = { ...place, oneTime: 0n, perSecond: 0n, executionShare: 0, meteredCap: 0n, ...price };
  const license: License = {
    version: 1,
    developer: `eip155:31337:${developer}` as License["developer"],
    offers: [offer],
    policy: { args: false, env: [], mounts: [] },
  };
  const name = label.split("/")[1]?.split(":")[0] ?? label;
  return {
    image: { label, digest },
    license,
    offer,
    payee: payeeOfOffer(digest, license, offer),
    containers: [name],
  };
}

function view(offers: readonly PricedImage[], seconds: bigint): PodPrice {
  const payees = offers.map(({ payee }) => payee);
  const header = completeHeader(
    {
      publisher: "0x0000000000000000000000000000000000000051",
      provider: "0x0000000000000000000000000000000000000061",
      token: place.token,
      podId: `0x${"00".repeat(32)}`,
      meter: zeroAddress,
      grace: 86_400,
      acceptBy: 1,
      maxExecRate: hourlyRate(50_000n),
      execBurst: 0n,
    },
    payees,
  );
  return {
    breakdown: priceBreakdown({ header, payees }, seconds),
    token,
    provider: "sofia-1.example",
    taken: offers,
    networkFee: 411_500_000_000_000n,
    grace: 86_400,
  };
}

const ledger = taken(
  "acme/ledger:1.4.0",
  "0xdE7e000000000000000000000000000000000af3",
  `sha256:9f2c${"0".repeat(56)}71be`,
  { oneTime: 25_000_000n, executionShare: 100_000 },
);
const ocr = taken(
  "readwell/ocr",
  "0xf00d000000000000000000000000000000007712",
  `sha256:41aa${"0".repeat(56)}09d3`,
  { perSecond: hourlyRate(40_000n), meteredCap: 2_000_000n },
);

test("two developers: notice, terms and a line for each payee and kind", () => {
  const page = view([ledger, ocr], 2_592_000n);
  expect([...renderMarketplaceNotice(page), ...renderBreakdown(page)].join("\n")).toBe(
    `
! MARKETPLACE. This pod runs licensed, encrypted images. Part of what you pay goes to their
  developers. Terms are bound to the image digest and enforced by the channel contract.

  CONTAINER  IMAGE                        DEVELOPER    TERMS
  ledger     acme/ledger:1.4.0@9f2c…71be  0xdE7e…0af3  25.000000 USDC once + 10 % of execution
  ocr        readwell/ocr@41aa…09d3       0xf00d…7712  0.040000 USDC per hour + metered up to 2.000000 USDC

  PRICE for 30 days (720 h)                                                    USDC
  Provider   sofia-1.example    execution, at most          0.050000 / h  36.000000
  Developer  acme/ledger:1.4.0  once, not refundable                      25.000000
  Developer  acme/ledger:1.4.0  10 % of execution, at most                 3.600000
  Developer  readwell/ocr       per hour                    0.040000 / h  28.800000
  Developer  readwell/ocr       metered, at most                           2.000000
  Rounding                                                                 0.000002
  Deposit                                                                 95.400002
  Network fee, estimated                                               0.000412 ETH
  Not refundable once the provider accepts: 25.000000. The rest accrues with time;
  close the pod any time, and what has not accrued returns after the 1 day (24 h) unlock period.
  Entrypoints of \`ledger\`, \`ocr\` are locked by their developers.`.slice(1),
  );
});

test("own images only: no notice, nothing that is not refundable", () => {
  const page = { ...view([], 3600n), networkFee: undefined };
  expect(renderMarketplaceNotice(page)).toEqual([]);
  expect(renderBreakdown(page).join("\n")).toBe(
    `
  PRICE for 1 h                                                             USDC
  Provider  sofia-1.example  execution, at most  0.050000 / h           0.050000
  Deposit                                                               0.050000
  Network fee                                                            unknown
  Not refundable once the provider accepts: 0.000000. The rest accrues with time;
  close the pod any time, and what has not accrued returns after the 1 day (24 h) unlock period.`.slice(1),
  );
});
