import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import type { Admission } from "./admission.ts";
import { defineCheck } from "./check.ts";
import type { ImagesByReference, PulledImage } from "./images.ts";

/** Most layers; engines stack no more (Docker 127), and some copy all below for each. */
const maxLayers = 127;
/** Most volumes that an image declares: an engine makes a folder for each. */
const maxVolumes = 32;
const pinned = /@(sha256:[0-9a-f]{64})$/;

/**
 * Check 3: every image is named by digest, and its manifest and config are fetched by the provider itself; the manifest
 * has that digest, the config is that of the manifest (the port verifies bytes), and both are of an image for this
 * platform. Blobs are fetched when the pod is paid for, by check `possession`.
 */
export const identity = defineCheck({ name: "identity", needs: ["freshness"], run: fetchImages });

async function fetchImages({
  ports,
  provider,
  manifest,
}: Admission): Promise<ImagesByReference<PulledImage>> {
  const images = new Map<string, PulledImage>();
  for (const { name, image: reference } of manifest.containers) {
    if (images.has(reference)) continue;
    const digest = pinned.exec(reference)?.[1];
    if (digest === undefined) {
      throw new ApocError(admissionErrors.IMAGE_NOT_PINNED, {
        field: `containers.${name}.image`,
        expected: "…@sha256:<digest>",
        actual: reference,
      });
    }
    const image = await ports.pull(reference);
    if (image.digest !== digest) {
      throw new ApocError(admissionErrors.IMAGE_DIGEST, {
        field: `containers.${name}.image`,
        expected: digest,
        actual: image.digest,
      });
    }
    assertStructure(name, image);
    assertPlatform(name, image, provider.architecture);
    images.set(reference, image);
  }
  return images;
}

function assertStructure(name: string, { manifest, config }: PulledImage): void {
  const counts: [string, number, number][] = [
    ["layers", manifest.layers.length, maxLayers],
    ["volumes", Object.keys(config.config?.Volumes ?? {}).length, maxVolumes],
  ];
  for (const [what, actual, most] of counts) {
    if (actual <= most) continue;
    throw new ApocError(admissionErrors.IMAGE_STRUCTURE, {
      field: `containers.${name}.image`,
      expected: `at most ${most} ${what}`,
      actual: String(actual),
    });
  }
  const layers = manifest.layers.length;
  const diffIds = config.rootfs.diff_ids.length;
  if (layers !== diffIds) {
    throw new ApocError(admissionErrors.IMAGE_STRUCTURE, {
      field: `containers.${name}.image`,
      expected: `${diffIds} layers, as in the config`,
      actual: String(layers),
    });
  }
  const foreign = [manifest.config, ...manifest.layers].find((descriptor) => descriptor.urls !== undefined);
  if (foreign !== undefined) {
    throw new ApocError(admissionErrors.IMAGE_STRUCTURE, {
      field: `containers.${name}.image`,
      expected: "no foreign content",
      actual: foreign.digest,
    });
  }
}

function assertPlatform(name: string, { config }: PulledImage, architecture: string): void {
  if (config.os !== "linux" || config.architecture !== architecture) {
    throw new ApocError(admissionErrors.IMAGE_PLATFORM, {
      field: `containers.${name}.image`,
      expected: `linux/${architecture}`,
      actual: `${config.os}/${config.architecture}`,
    });
  }
}
