import { ApocError, isApocError } from "@apoc/errors";
import type { Digest } from "@apoc/oci";
import { admissionErrors } from "../errors.ts";
import type { AdmissionPorts } from "./admission.ts";
import { defineCheck } from "./check.ts";
import type { AdmissionImage, PulledImage } from "./images.ts";

/**
 * Check 9: for every diffID that an image names, its own blobs yield the bytes. Engines share unpacked layers by diffID,
 * and diffIDs are public: anyone who could name one without having its bytes would be given somebody else's licensed layer.
 * Anyone who has the bytes learns nothing by sharing, so images of anybody may have layers in common.
 */
export const possession = defineCheck({
  name: "possession",
  needs: ["grant"],
  async run({ ports }, { grant: images }) {
    for (const image of images.values()) assertPossession(image, await contentOf(image, ports));
  },
});

/** Blobs that cannot be decrypted or unpacked yield nothing. */
async function contentOf(image: AdmissionImage, ports: AdmissionPorts): Promise<readonly Digest[]> {
  try {
    return await ports.contentDigests(image);
  } catch (cause) {
    if (!isApocError(cause) || cause.descriptor.kind !== "verification") throw cause;
    throw new ApocError(admissionErrors.LAYER_NOT_POSSESSED, {
      field: image.reference,
      detail: `${cause.code} ${cause.descriptor.title}`,
      cause,
    });
  }
}

/**
 * @param yielded digest of what each layer's own blob yields, decrypted and uncompressed, in the order of the layers
 * @throws LAYER_NOT_POSSESSED
 */
export function assertPossession(
  { reference, config }: Pick<PulledImage, "reference" | "config">,
  yielded: readonly Digest[],
): void {
  for (const [index, diffId] of config.rootfs.diff_ids.entries()) {
    if (yielded[index] === diffId) continue;
    throw new ApocError(admissionErrors.LAYER_NOT_POSSESSED, {
      field: `${reference} layers[${index}]`,
      expected: diffId,
      actual: yielded[index] ?? "no layer",
    });
  }
}
