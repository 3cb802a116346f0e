import { zeroAddress, zeroHash } from "viem";
import { expect, test } from "vitest";
import { people, validLicense } from "../admission/testing/scene.ts";
import { completeHeader, payeeOfOffer } from "../channel/terms.ts";
import { priceBreakdown } from "./breakdown.ts";
import { marketplaceNotice, type PricedImage } from "./notice.ts";
import { statePrice } from "./statement.ts";

const token = { symbol: "USDC", decimals: 6 };

/** A licensed image whose first offer is taken: 25 tokens once, and a tenth of execution. */
function priced(name: string, developer: `0x${string}`, digit: string): PricedImage {
  const license = validLicense(developer);
  const [offer] = license.offers;
  const digest = `sha256:${digit.repeat(32)}` as const;
  return {
    image: { label: `dev/${name}:1.0`, digest },
    license,
    offer: offer!,
    payee: payeeOfOffer(digest, license, offer!),
    containers: [name],
  };
}

const both = [
  priced("ledger", people.developer.address, "0a"),
  priced("charts", people.partner.address, "0b"),
];

test("the notice says that the marketplace is used, and for each image whose it is, which, and on what terms", () => {
  const notice = marketplaceNotice(both, token);
  expect(notice?.text).toContain("MARKETPLACE");
  expect(notice?.rows.map(({ containers }) => containers)).toEqual(["ledger", "charts"]);
  for (const [index, address] of [people.developer.address, people.partner.address].entries()) {
    const row = notice!.rows[index]!;
    expect(address.toLowerCase()).toContain(row.developer.slice(2, 6).toLowerCase());
    expect(row.image).toContain("@");
    expect(row.terms).toContain("25");
  }
});

test("a pod of own images only is no use of the marketplace", () => {
  expect(marketplaceNotice([], token)).toBeUndefined();
});

test("the breakdown names provider and developers, and its lines with their rounding are the deposit", () => {
  const payees = both.map(({ payee }) => payee);
  const header = completeHeader(
    {
      publisher: people.publisher.address,
      provider: people.provider.address,
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
  const said = statePrice({
    breakdown,
    token,
    provider: "provider.example",
    taken: both,
    networkFee: undefined,
    grace: 600,
  });
  expect(new Set(said.rows.map(({ role, payee }) => `${role} ${payee}`))).toEqual(
    new Set(["Provider provider.example", "Developer dev/ledger:1.0", "Developer dev/charts:1.0"]),
  );
  const units = (amount: string) => BigInt(amount.replace(".", ""));
  const sum = said.rows.reduce(
    (total, { amount }) => total + units(amount),
    units(said.rounding ?? "0.000000"),
  );
  expect(sum).toBe(units(said.deposit));
  expect(said.remarks.join("\n")).toContain("Not refundable once the provider accepts: 50.000000");
  expect(said.remarks.join("\n")).toContain("`ledger`, `charts`");
});
