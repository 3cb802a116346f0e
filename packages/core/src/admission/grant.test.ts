import { parseTrustPolicy, type TrustPolicy } from "@apoc/attestation";
import type { Descriptor } from "@apoc/oci";
import { generateImageKey } from "ocicrypt-js";
import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import type { Grant, ImageKey } from "../grant/grant.ts";
import { now, otherDigest, otherHash, people } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("there is no grant, or only one for another provider's key", async () => {
  const refused = { grant: admissionErrors.GRANT_MISSING.code };
  expect(await refusals({ grants: () => [] })).toEqual(refused);
  expect(await refusals({ grants: ([grant]) => [{ ...grant!, providerKeyId: "0f".repeat(32) }] })).toEqual(
    refused,
  );
});

test("somebody else than the license's developer signs, or the grant is changed after signing", async () => {
  const refused = { grant: admissionErrors.GRANT_SIGNER.code };
  expect(await refusals({ grantSigner: people.stranger })).toEqual(refused);
  const asDeveloper = ([grant]: Grant[]) => [
    { ...grant!, developer: `eip155:31337:${people.developer.address}` as const },
  ];
  expect(await refusals({ grantSigner: people.stranger, grants: asDeveloper })).toEqual(refused);
  expect(await refusals({ grants: ([grant]) => [{ ...grant!, notAfter: grant!.notAfter + 1 }] })).toEqual(
    refused,
  );
});

test("the grant has expired", async () => {
  expect(await refusals({ decision: { notAfter: new Date(now * 1000) } })).toEqual({
    grant: admissionErrors.GRANT_EXPIRED.code,
  });
});

test("the developer has raised the floor of the grant", async () => {
  expect(await refusals({ floor: now + 86_400 })).toEqual({ grant: admissionErrors.GRANT_REVOKED.code });
  expect(await refusals({ floor: now + 86_399 })).toEqual({});
});

test("the grant is for another manifest, config or license: the config swap", async () => {
  const refused = { grant: admissionErrors.GRANT_IMAGE.code };
  expect(await refusals({ decision: { config: otherDigest } })).toEqual(refused);
  expect(await refusals({ decision: { licenseHash: otherHash } })).toEqual(refused);
  expect(await refusals({ decision: { image: otherDigest }, grants: (grants) => grants })).toEqual(refused);
});

test("the key in the grant does not open the layers", async () => {
  const { privateJwk } = await generateImageKey();
  expect(await refusals({ decision: { imageKey: privateJwk as ImageKey } })).toEqual({
    grant: admissionErrors.GRANT_KEY.code,
  });
});

test("the trust policy in the grant is not in the form that its digest stands for", async () => {
  const { maxAge: _, ...policy } = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: x\n");
  expect(await refusals({ decision: { policy: policy as TrustPolicy } })).toEqual({
    grant: admissionErrors.GRANT_POLICY.code,
  });
});

test("one grant that holds among others suffices", async () => {
  const grants = ([grant]: Grant[]) => [{ ...grant!, notAfter: grant!.notAfter + 1 }, grant!];
  expect(await refusals({ grants })).toEqual({});
});

test("two layers under one key: the wrapped key of one copied to the other", async () => {
  const layers = ([first, second]: Descriptor[]) => [
    first!,
    { ...second!, annotations: first!.annotations! },
  ];
  expect(await refusals({ layers })).toEqual({ grant: admissionErrors.GRANT_LAYER_KEYS.code });
});
