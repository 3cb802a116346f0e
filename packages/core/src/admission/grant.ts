import { ApocError, isApocError } from "@apoc/errors";
import { assertDistinctLayerKeys, type LayerKey, unwrapLayerKey } from "ocicrypt-js";
import { parseAccountName } from "../chain-id.ts";
import { digestToBytes32 } from "../channel/terms.ts";
import { admissionErrors, podErrors } from "../errors.ts";
import { type Grant, type ImageKey, grantTag } from "../grant/grant.ts";
import { verifyGrantSignature } from "../grant/grant-signature.ts";
import { openGrant } from "../grant/open-grant.ts";
import type { Admission } from "./admission.ts";
import { defineCheck, type FreshView } from "./check.ts";
import type { AdmissionImage, LicensedImage } from "./images.ts";
import { differenceFrom, imageOfGrant } from "./same-digest.ts";

/**
 * Check 5: for each licensed image one grant is signed by its developer, neither expired nor revoked, names the very
 * manifest and config that were fetched, and its key opens every layer, each with a key of its own. With several grants, one that holds suffices.
 */
export const grant = defineCheck({
  name: "grant",
  needs: ["freshness", "license"],
  async run(admission, { freshness: view, license: images }) {
    const opened = new Map<string, AdmissionImage>();
    for (const [reference, image] of images) {
      if (image.license === undefined) opened.set(reference, image);
      else opened.set(reference, { ...image, imageKey: await findKey(admission, view, image) });
    }
    return opened;
  },
});

async function findKey(admission: Admission, view: FreshView, image: LicensedImage): Promise<ImageKey> {
  const { providerKeyId } = admission.provider;
  const found = [
    ...admission.grants.filter((grant) => grant.image === image.digest),
    ...(await admission.ports.findGrants(image)),
  ];
  const grants = found.filter((grant) => grant.providerKeyId === providerKeyId);
  let problem: unknown = new ApocError(admissionErrors.GRANT_MISSING, {
    field: image.reference,
    expected: grantTag(image.digest, providerKeyId),
    actual: `${found.length} grants for other keys`,
    next: { action: "grant-image", subject: image.reference },
  });
  for (const grant of grants) {
    try {
      return await openChecked(admission, view, image, grant);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

async function openChecked(
  { provider, ports, now }: Admission,
  { confirmed }: FreshView,
  image: LicensedImage,
  grant: Grant,
): Promise<ImageKey> {
  const field = image.reference;
  const { developer } = image.license;
  if (grant.developer !== developer || !(await verifyGrantSignature(grant, ports.verifySignature))) {
    throw new ApocError(admissionErrors.GRANT_SIGNER, {
      field,
      expected: developer,
      actual: grant.developer,
    });
  }
  const difference = differenceFrom(image, imageOfGrant(grant));
  if (difference !== undefined) same(field, difference.what, difference.expected, difference.actual);
  if (grant.notAfter <= now) {
    throw new ApocError(admissionErrors.GRANT_EXPIRED, {
      field,
      expected: `after ${iso(now)}`,
      actual: iso(grant.notAfter),
      next: { action: "grant-image", subject: field },
    });
  }
  const floor = await ports.chain.grantFloor(
    parseAccountName(developer).address,
    digestToBytes32(image.digest),
    `0x${provider.providerKeyId}`,
    confirmed.number,
  );
  if (grant.notAfter <= floor) {
    throw new ApocError(admissionErrors.GRANT_REVOKED, {
      field,
      expected: `valid after ${iso(floor)}`,
      actual: iso(grant.notAfter),
    });
  }
  const content = await open(field, grant, provider.wrappingKey);
  same(field, "config", image.manifest.config.digest, content.config);
  const layerKeys: LayerKey[] = [];
  for (const layer of image.manifest.layers) {
    try {
      layerKeys.push(await unwrapLayerKey(layer, { keys: [content.key] }));
    } catch (cause) {
      throw new ApocError(admissionErrors.GRANT_KEY, { field: `${field} layer ${layer.digest}`, cause });
    }
  }
  try {
    assertDistinctLayerKeys(layerKeys);
  } catch (cause) {
    throw new ApocError(admissionErrors.GRANT_LAYER_KEYS, { field, cause });
  }
  return content.key;
}

async function open(field: string, grant: Grant, wrappingKey: CryptoKey) {
  try {
    return await openGrant(grant, wrappingKey);
  } catch (cause) {
    const code = isApocError(cause, podErrors.GRANT_MISMATCH)
      ? admissionErrors.GRANT_IMAGE
      : isApocError(cause, podErrors.GRANT_POLICY)
        ? admissionErrors.GRANT_POLICY
        : admissionErrors.GRANT_KEY;
    throw new ApocError(code, {
      field,
      detail: cause instanceof Error ? cause.message : undefined,
      cause,
    });
  }
}

function same(field: string, what: string, expected: string, actual: string): void {
  if (expected !== actual)
    throw new ApocError(admissionErrors.GRANT_IMAGE, { field: `${field} ${what}`, expected, actual });
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
