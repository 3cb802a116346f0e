import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { payeeOfOffer } from "../channel/terms.ts";
import type { Payee } from "../channel/accrual.ts";
import { now, otherHash, people, validLicense } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

const change = (payee: Partial<Payee>) => ({
  payees: (payees: Payee[]) => payees.map((p) => ({ ...p, ...payee })),
});

test("the channel is with another provider, in another token, or under a meter", async () => {
  const refused = { terms: admissionErrors.TERMS_CHANNEL.code };
  expect(await refusals({ header: { provider: people.stranger.address } })).toEqual(refused);
  expect(await refusals({ provider: { tokens: [people.stranger.address] } })).toEqual(refused);
  expect(await refusals({ header: { meter: people.stranger.address } })).toEqual(refused);
});

test("the channel leaves the developer out, or pays it for another image, or pays somebody else", async () => {
  const refused = { terms: admissionErrors.TERMS_MISSING.code };
  expect(await refusals({ payees: () => [] })).toEqual(refused);
  expect(await refusals(change({ imageDigest: otherHash }))).toEqual(refused);
  expect(await refusals(change({ to: people.stranger.address }))).toEqual(refused);
});

test("any amount of the offer is changed, or offers are mixed", async () => {
  const refused = { terms: admissionErrors.TERMS_DIFFER.code };
  expect(await refusals(change({ oneTime: 24_999_999n }))).toEqual(refused);
  expect(await refusals(change({ share: 99_999 }))).toEqual(refused);
  expect(await refusals(change({ rate: 1n }))).toEqual(refused);
  expect(await refusals(change({ meteredCap: 1n }))).toEqual(refused);
  expect(await refusals(change({ licenseHash: otherHash }))).toEqual(refused);
  expect(await refusals(change({ oneTime: 0n, share: 0, rate: 21_474_836_479n }))).toEqual(refused);
});

test("each whole offer will do; an offer for another contract will not", async () => {
  const second = {
    payees: ([payee]: Payee[]) => [{ ...payee!, oneTime: 0n, share: 0, rate: 21_474_836_480n }],
  };
  expect(await refusals(second)).toEqual({});
  const elsewhere = validLicense();
  const offers = elsewhere.offers.map((offer) => ({ ...offer, contract: people.stranger.address }));
  expect(await refusals({ license: (license) => ({ ...license, offers }) })).toEqual({
    terms: admissionErrors.TERMS_DIFFER.code,
  });
});

test("the developer is paid twice, or somebody else is paid as well: that does not concern the provider", async () => {
  const license = validLicense();
  const tip: Payee = { ...payeeOfOffer("sha256:00", license, license.offers[0]!), imageDigest: otherHash };
  expect(await refusals({ payees: (payees) => [...payees, tip] })).toEqual({});
});

test("the channel does not reach the provider's price", async () => {
  expect(await refusals({ header: { maxExecRate: 1n } })).toEqual({
    terms: admissionErrors.TERMS_PRICE.code,
  });
});

test("the publisher could take the funds out too soon", async () => {
  expect(await refusals({ header: { grace: 599 } })).toEqual({ terms: admissionErrors.TERMS_DELAY.code });
});

test("the developer has revoked the offers; a channel accepted before keeps its terms", async () => {
  const refused = { terms: admissionErrors.TERMS_REVOKED.code };
  const acceptedAt = now - 50;
  expect(await refusals({ state: { acceptedAt }, offersEnd: acceptedAt })).toEqual(refused);
  expect(await refusals({ state: { acceptedAt }, offersEnd: acceptedAt + 1 })).toEqual({});
  expect(await refusals({ state: { acceptedAt }, offersEnd: now + 1 })).toEqual({});
  expect(await refusals({ state: { acceptedAt: 0 }, offersEnd: now })).toMatchObject(refused);
  expect(await refusals({ state: { acceptedAt: 0 }, offersEnd: now + 1 })).not.toHaveProperty("terms");
});

test("the header's sums are not those of the payees", async () => {
  expect(await refusals({ header: { sumOneTime: 1n } })).toEqual({ terms: "APOC-4003" });
});
