import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import type { AdmissionImage, Check, ProtectedDigest } from "./admission.ts";

/**
 * Check 9: no image names, as a layer or as a diffID, content that was decrypted here for the license of another
 * developer: engines share unpacked layers by diffID, and diffIDs are public.
 */
export const checkReuse: Check = async ({ ports, images }) => {
  const pod = [...images.values()];
  const ofThisPod = pod.filter((image) => image.license !== undefined).flatMap(protectedBy);
  for (const image of pod) {
    const named = contentOf(image);
    const known = [
      ...(await ports.protectedDigests(named)),
      ...ofThisPod.filter(({ digest }) => named.includes(digest)),
    ];
    const foreign = known.find(
      (entry) => entry.image !== image.digest && entry.developer !== image.license?.developer,
    );
    if (foreign !== undefined) {
      throw new ApocError(admissionErrors.REUSED_CONTENT, {
        field: image.reference,
        expected: "content of its own",
        actual: `${foreign.digest} of ${foreign.image}`,
      });
    }
  }
};

/** Layers and diffIDs that an image names. */
export function contentOf({ manifest, config }: Pick<AdmissionImage, "manifest" | "config">) {
  return [...manifest.layers.map((layer) => layer.digest), ...config.rootfs.diff_ids];
}

/** What has to be remembered once a licensed image is decrypted. */
export function protectedBy(image: AdmissionImage): ProtectedDigest[] {
  const { license } = image;
  if (license === undefined) return [];
  return contentOf(image).map((digest) => ({ digest, image: image.digest, developer: license.developer }));
}
