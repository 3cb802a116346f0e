import { type License, type PodManifest, readImageLicense } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  configLimit,
  type Digest,
  type ImageConfig,
  parseImageConfig,
  parseManifest,
  parseReference,
  readAll,
  RemoteRepository,
  resolvePlatform,
} from "@apoc/oci";
import { dockerCredentials } from "@apoc/oci/node";
import { publisherErrors } from "../errors.ts";

/** An image that the publisher resolved and read itself. */
export interface PinnedImage {
  /** As the manifest names it. */
  readonly named: string;
  /** `registry/repository@sha256:…`, the platform manifest. */
  readonly reference: string;
  /** `repository` without its registry, with the tag where one was named. */
  readonly label: string;
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** Absent for unencrypted images. */
  readonly license?: License;
}

/** A manifest in which every image is named by digest, and those images by their pinned reference. */
export interface PinnedPod {
  readonly manifest: PodManifest;
  readonly images: ReadonlyMap<string, PinnedImage>;
}

/**
 * Resolves each image once: tag, index, platform manifest; reads its config and checks its license. What is paid for
 * follows from what was read here, never from what the provider says.
 * Throws IMAGE_SOURCE, LICENSE_MISSING, LICENSE_MALFORMED, and what registries throw.
 */
export async function pinImages(
  manifest: PodManifest,
  platform: { readonly os: string; readonly architecture: string },
  signal?: AbortSignal,
): Promise<PinnedPod> {
  const named = [...new Set(manifest.containers.map(({ image }) => image))];
  const read = new Map(
    await Promise.all(named.map(async (name) => [name, await pinImage(name, platform, signal)] as const)),
  );
  const containers = manifest.containers.map((container) => ({
    ...container,
    image: read.get(container.image)?.reference ?? container.image,
  }));
  return {
    manifest: { ...manifest, containers },
    images: new Map([...read.values()].map((image) => [image.reference, image])),
  };
}

async function pinImage(
  named: string,
  platform: { readonly os: string; readonly architecture: string },
  signal: AbortSignal | undefined,
): Promise<PinnedImage> {
  if (named.startsWith("ipfs://")) {
    throw new ApocError(publisherErrors.IMAGE_SOURCE, {
      field: named,
      expected: "registry/repository[:tag][@digest]",
    });
  }
  const reference = parseReference(named.replace(/^docker:\/\//, ""));
  const repository = new RemoteRepository({ reference, credentials: dockerCredentials() });
  const options = signal === undefined ? {} : { signal };
  const found = await repository.resolve(reference.digest ?? reference.tag ?? "latest");
  const descriptor = await resolvePlatform(repository, found, platform);
  const manifest = parseManifest(await readAll(repository, descriptor, options), { field: named });
  const configBytes = await readAll(repository, manifest.config, { ...options, limit: configLimit });
  const pinned = `${reference.registry}/${reference.repository}@${descriptor.digest}`;
  const license = readImageLicense({ manifest }, pinned);
  return {
    named,
    reference: pinned,
    label: reference.tag === undefined ? reference.repository : `${reference.repository}:${reference.tag}`,
    digest: descriptor.digest,
    config: parseImageConfig(configBytes, { field: named }),
    ...(license === undefined ? {} : { license }),
  };
}
