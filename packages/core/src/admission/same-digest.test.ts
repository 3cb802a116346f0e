import type { Digest } from "@apoc/oci";
import { describe, expect, test } from "vitest";
import { digestToBytes32 } from "../channel/terms.ts";
import type { Payee } from "../channel/accrual.ts";
import { admissionErrors } from "../errors.ts";
import type { Grant } from "../grant/grant.ts";
import { differenceFrom, imageOfGrant, imageOfPayee } from "./same-digest.ts";
import { otherDigest, otherHash, pulledImage } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

const image = { digest: `sha256:${"0d".repeat(32)}` as Digest, licenseHash: `0x${"1e".repeat(32)}` as const };
const grant = { image: image.digest, licenseHash: image.licenseHash };
const payee = { imageDigest: digestToBytes32(image.digest), licenseHash: image.licenseHash };

describe.each([
  ["a grant", (change: Partial<Grant>) => imageOfGrant({ ...grant, ...change }), { image: otherDigest }],
  [
    "a payee",
    (change: Partial<Payee>) => imageOfPayee({ ...payee, ...change }),
    { imageDigest: digestToBytes32(otherDigest) },
  ],
])("%s", (_, named, other) => {
  test("names the image that was fetched", () => {
    expect(differenceFrom(image, named({}))).toBeUndefined();
  });
  test("names another image", () => {
    expect(differenceFrom(image, named(other))).toEqual({
      what: "image",
      expected: image.digest,
      actual: otherDigest,
    });
  });
  test("names another license", () => {
    expect(differenceFrom(image, named({ licenseHash: otherHash }))).toEqual({
      what: "licenseHash",
      expected: image.licenseHash,
      actual: otherHash,
    });
  });
});

const refused = { grant: admissionErrors.GRANT_IMAGE.code, terms: admissionErrors.TERMS_MISSING.code };

test("keys for another digest than the one that runs, or payment for another one, or both", async () => {
  const decision = { image: otherDigest };
  const payees = (all: Payee[]) => all.map((p) => ({ ...p, imageDigest: digestToBytes32(otherDigest) }));
  const genuine = { grants: (grants: Grant[]) => grants };
  expect(await refusals({ decision, ...genuine })).toEqual({ grant: refused.grant });
  expect(await refusals({ payees })).toEqual({ terms: refused.terms });
  // That both agree with each other does not help.
  expect(await refusals({ decision, payees, ...genuine })).toEqual(refused);
});

test("an image with one layer more is another one, for the genuine grant and the genuine payment", async () => {
  let genuine: Grant | undefined;
  expect(
    await refusals({
      grants: ([first]) => {
        genuine = first!;
        return [first!];
      },
      ownImage: (_, { config, manifest }) => {
        const { diff_ids } = config.rootfs;
        const [layer] = manifest.layers;
        return pulledImage(
          "pia/web",
          { ...config, rootfs: { type: "layers", diff_ids: [...diff_ids, otherDigest] } },
          { ...manifest, layers: [...manifest.layers, { ...layer!, digest: otherDigest }] },
        );
      },
      ports: { findGrants: async () => [genuine!] },
    }),
  ).toMatchObject(refused);
});
