import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import { licenseHash } from "../license/license-hash.ts";
import { licenseAnnotation } from "../license/license.ts";
import { parseLicense } from "../license/license-schema.ts";
import type { AdmissionImage, Check } from "./admission.ts";

/** Suffix of the media types of encrypted layers (ocicrypt). */
const encryptedSuffix = "+encrypted";

/** Check 4: what is encrypted carries a well-formed license, and what carries a license is encrypted throughout. */
export const checkLicense: Check = async ({ images }) => {
  for (const [reference, image] of images) {
    const license = readImageLicense(image, reference);
    if (license !== undefined) {
      image.license = license;
      image.licenseHash = licenseHash(license);
    }
  }
};

/** The license of an image, or undefined for an unencrypted one without. @throws LICENSE_MISSING and the like */
export function readImageLicense({ manifest }: Pick<AdmissionImage, "manifest">, field: string) {
  const encrypted = manifest.layers.filter((layer) => layer.mediaType.endsWith(encryptedSuffix)).length;
  const text = manifest.annotations?.[licenseAnnotation];
  if (text === undefined) {
    if (encrypted > 0)
      throw new ApocError(admissionErrors.LICENSE_MISSING, {
        field,
        expected: `annotation ${licenseAnnotation}`,
      });
    return undefined;
  }
  if (encrypted < manifest.layers.length || encrypted === 0) {
    throw new ApocError(admissionErrors.LICENSE_UNENCRYPTED, {
      field,
      expected: `${manifest.layers.length} encrypted layers`,
      actual: String(encrypted),
    });
  }
  try {
    return parseLicense(text);
  } catch (cause) {
    throw new ApocError(admissionErrors.LICENSE_MALFORMED, {
      field,
      cause,
      detail: cause instanceof Error ? cause.message : undefined,
    });
  }
}
