import { ApocError } from "@apoc/errors";
import { mediaTypes } from "@apoc/oci";
import { checkEncryptedManifest, encryptedSuffix } from "ocicrypt-js";
import { admissionErrors } from "../errors.ts";
import { licenseHash } from "../license/license-hash.ts";
import { licenseAnnotation } from "../license/license.ts";
import { parseLicense } from "../license/license-schema.ts";
import { defineCheck } from "./check.ts";
import type { LicensedImage, OwnImage, PulledImage } from "./images.ts";

/** The one kind of layer that a licensed image has (docs/spec/image.md, "Manifest"). */
const encryptedLayer = mediaTypes.layerGzip + encryptedSuffix;

/**
 * Check 4: what is encrypted carries a well-formed license, and what carries a license is encrypted throughout, in the
 * one way that docs/spec/image.md describes: an image that could never be started is refused before it is paid for.
 */
export const license = defineCheck({
  name: "license",
  needs: ["identity"],
  async run(_, { identity: images }) {
    return new Map([...images].map(([reference, image]) => [reference, readLicensed(image)]));
  },
});

function readLicensed({ reference, digest, manifest, config }: PulledImage): OwnImage | LicensedImage {
  const image = { reference, digest, manifest, config };
  const found = readImageLicense(image, reference);
  if (found === undefined) return image;
  assertEncryption(image, reference);
  return { ...image, license: found, licenseHash: licenseHash(found) };
}

/** The license of an image, or undefined for an unencrypted one without. @throws LICENSE_MISSING and the like */
export function readImageLicense({ manifest }: Pick<PulledImage, "manifest">, field: string) {
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

/** What a reader of an encrypted image must check without a key. @throws LICENSE_ENCRYPTION */
function assertEncryption({ manifest, config }: PulledImage, field: string): void {
  const types: [string, string, string | undefined][] = [
    ["mediaType", mediaTypes.manifest, manifest.mediaType],
    ["config.mediaType", mediaTypes.config, manifest.config.mediaType],
    ...manifest.layers.map(({ mediaType }, i): [string, string, string] => [
      `layers[${i}].mediaType`,
      encryptedLayer,
      mediaType,
    ]),
  ];
  for (const [member, expected, actual] of types) {
    if (actual === expected) continue;
    throw new ApocError(admissionErrors.LICENSE_ENCRYPTION, {
      field: `${field} ${member}`,
      expected,
      actual: actual ?? "nothing",
    });
  }
  try {
    checkEncryptedManifest(manifest, config);
  } catch (cause) {
    throw new ApocError(admissionErrors.LICENSE_ENCRYPTION, {
      field,
      cause,
      detail: cause instanceof Error ? cause.message : undefined,
    });
  }
}
