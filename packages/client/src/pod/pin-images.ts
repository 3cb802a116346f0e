import { type PodManifest, readImageLicense } from "@apoc/core";
import {
  configLimit,
  openReference,
  type OpenReferenceOptions,
  parseImageConfig,
  parseManifest,
  readAll,
  resolvePlatform,
} from "@apoc/oci";
import type { ClientPorts } from "../ports.ts";
import type { PinnedImage, PinnedPod } from "./pinned-pod.ts";

/**
 * Resolves each image once: tag, index, platform manifest; reads its config and checks its license. What is paid for
 * follows from what was read here, never from what the provider says.
 * Throws LICENSE_MISSING, LICENSE_MALFORMED, and what registries and IPFS gateways throw.
 */
export async function pinImages(
  { images, signal, onEvent }: Pick<ClientPorts, "images" | "signal" | "onEvent">,
  manifest: PodManifest,
  platform: { readonly os: string; readonly architecture: string },
): Promise<PinnedPod> {
  const options = { ...images, signal };
  const named = [...new Set(manifest.containers.map(({ image }) => image))];
  const read = new Map(
    await Promise.all(named.map(async (name) => [name, await pinImage(name, platform, options)] as const)),
  );
  const containers = manifest.containers.map((container) => ({
    ...container,
    image: read.get(container.image)?.reference ?? container.image,
  }));
  const pinned = new Map([...read.values()].map((image) => [image.reference, image]));
  for (const image of pinned.values()) onEvent({ type: "image-pinned", image });
  return { manifest: { ...manifest, containers }, images: pinned };
}

async function pinImage(
  named: string,
  platform: { readonly os: string; readonly architecture: string },
  options: OpenReferenceOptions & { readonly signal: AbortSignal },
): Promise<PinnedImage> {
  const { signal } = options;
  const opened = openReference(named, options);
  const descriptor = await resolvePlatform(opened.source, await opened.resolve(), platform);
  const manifest = parseManifest(await readAll(opened.source, descriptor, { signal }), { field: named });
  const configBytes = await readAll(opened.source, manifest.config, { signal, limit: configLimit });
  const pinned = opened.pinned(descriptor.digest);
  const license = readImageLicense({ manifest }, pinned);
  return {
    named,
    reference: pinned,
    label: opened.label,
    digest: descriptor.digest,
    config: parseImageConfig(configBytes, { field: named }),
    ...(license === undefined ? {} : { license }),
  };
}
