import { expect, test } from "vitest";
import type { Payee } from "../channel/accrual.ts";
import { admissionErrors } from "../errors.ts";
import { people } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

const missing = { terms: admissionErrors.TERMS_MISSING.code };
const differ = { terms: admissionErrors.TERMS_DIFFER.code };
/** A pod with images of two developers, on a channel with other payees. */
const paying = (payees: (payees: [ledger: Payee, charts: Payee]) => Payee[]) =>
  refusals({ partner: true, payees: (all) => payees(all as [Payee, Payee]) });

test("one channel pays the developers of all images of a pod, in any order", async () => {
  expect(await paying((both) => both)).toEqual({});
  expect(await paying(([ledger, charts]) => [charts, ledger])).toEqual({});
});

test("none of them is left out", async () => {
  expect(await paying(([ledger]) => [ledger])).toEqual(missing);
  expect(await paying(([, charts]) => [charts])).toEqual(missing);
  expect(await paying(() => [])).toEqual(missing);
});

test("none is paid for the other's image, or in the other's place", async () => {
  expect(
    await paying(([ledger, charts]) => [ledger, { ...charts, imageDigest: ledger.imageDigest }]),
  ).toEqual(missing);
  expect(await paying(([ledger, charts]) => [ledger, { ...charts, to: people.developer.address }])).toEqual(
    missing,
  );
});

test("each is paid by its own license", async () => {
  expect(
    await paying(([ledger, charts]) => [ledger, { ...charts, licenseHash: ledger.licenseHash }]),
  ).toEqual(differ);
  expect(await paying(([ledger, charts]) => [ledger, { ...charts, oneTime: 0n }])).toEqual(differ);
});
