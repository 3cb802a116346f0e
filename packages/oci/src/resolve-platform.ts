import { ApocError } from "@apoc/errors";
import { ociErrors } from "./errors.ts";
import { isIndexType, isManifestType, parseIndex } from "./parse.ts";
import { readAll } from "./read-all.ts";
import type { Descriptor, Platform } from "./spec.ts";
import type { CallOptions, Fetcher } from "./target.ts";

/** The platform that is asked for; without `variant` the first manifest of any variant is taken. */
export type WantedPlatform = Pick<Platform, "os" | "architecture" | "variant">;

const maxDepth = 3;

/**
 * Finds the platform manifest: the descriptor itself when it names a manifest, otherwise the first entry of the index
 * (and of indexes in it) for the platform. The identity of an image is the digest of what is returned here.
 * @throws PLATFORM_NOT_FOUND, INDEX_TOO_DEEP, MEDIA_TYPE_UNSUPPORTED, and what fetching and parsing throw
 */
export async function resolvePlatform(
  source: Fetcher,
  descriptor: Descriptor,
  platform: WantedPlatform,
  options: CallOptions = {},
): Promise<Descriptor> {
  const seen: string[] = [];
  const found = await search(source, descriptor, platform, { depth: 0, seen, signal: options.signal });
  if (found !== undefined) return found;
  throw new ApocError(ociErrors.PLATFORM_NOT_FOUND, {
    field: descriptor.digest,
    expected: name(platform),
    actual: seen.join(", ") || "none",
  });
}

async function search(
  source: Fetcher,
  descriptor: Descriptor,
  platform: WantedPlatform,
  { depth, seen, signal }: { depth: number; seen: string[]; signal: AbortSignal | undefined },
): Promise<Descriptor | undefined> {
  if (isManifestType(descriptor.mediaType)) return descriptor;
  if (!isIndexType(descriptor.mediaType)) {
    throw new ApocError(ociErrors.MEDIA_TYPE_UNSUPPORTED, {
      field: descriptor.digest,
      expected: "an image manifest or index",
      actual: descriptor.mediaType,
    });
  }
  if (depth >= maxDepth) throw new ApocError(ociErrors.INDEX_TOO_DEEP, { field: descriptor.digest });
  const bytes = await readAll(source, descriptor, signal === undefined ? {} : { signal });
  const { manifests } = parseIndex(bytes, {
    field: descriptor.digest,
    foreignLayers: "allow",
  });
  for (const entry of manifests) {
    if (isIndexType(entry.mediaType)) {
      const found = await search(source, entry, platform, { depth: depth + 1, seen, signal });
      if (found !== undefined) return found;
    } else if (isManifestType(entry.mediaType)) {
      seen.push(entry.platform === undefined ? "unknown" : name(entry.platform));
      // An index of one image without platforms is that image.
      if (entry.platform === undefined ? manifests.length === 1 : matches(entry.platform, platform))
        return entry;
    }
  }
  return undefined;
}

function matches(actual: Platform, wanted: WantedPlatform): boolean {
  return (
    actual.os === wanted.os &&
    actual.architecture === wanted.architecture &&
    (wanted.variant === undefined || actual.variant === wanted.variant)
  );
}

function name({ os, architecture, variant }: WantedPlatform): string {
  return `${os}/${architecture}${variant === undefined ? "" : `/${variant}`}`;
}
