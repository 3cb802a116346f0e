import { type Descriptor, type Digest, type Index, type Manifest, mediaTypes } from "./spec.ts";

/**
 * The artifact type that a referrers list shows for a manifest: its `artifactType`, else the media type of its config
 * (distribution-spec, "Listing Referrers"). An index without `artifactType` has none.
 */
export function artifactTypeOf(document: Manifest | Index): string | undefined {
  if (document.artifactType !== undefined) return document.artifactType;
  return "config" in document ? document.config.mediaType : undefined;
}

/** The tag that stands for the referrers of a digest in registries without the referrers API. */
export function referrersTag(subject: Digest): string {
  const [algorithm, hex] = subject.split(":") as [string, string];
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/** The entry of a referrers list for a manifest: its descriptor with artifact type and annotations. */
export function referrerDescriptor(
  descriptor: Pick<Descriptor, "mediaType" | "digest" | "size">,
  document: Manifest | Index,
): Descriptor {
  const artifactType = artifactTypeOf(document);
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
}

/** Adds an entry to a referrers list, once. */
export function addReferrer(manifests: readonly Descriptor[], entry: Descriptor): Index {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...manifests.filter(({ digest }) => digest !== entry.digest), entry],
  };
}
