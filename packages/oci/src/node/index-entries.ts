import { isDigest } from "../digest.ts";
import { isIndexType, isManifestType, parseIndex, parseManifest } from "../parse.ts";
import { readAll } from "../read-all.ts";
import { referrerDescriptor } from "../referrers.ts";
import type { Descriptor, Digest } from "../spec.ts";
import type { Fetcher } from "../target.ts";

/** image-spec, annotations.md: the tag of an entry of index.json. */
export const refName = "org.opencontainers.image.ref.name";

/**
 * Finds an entry by tag or digest. A tag matches `org.opencontainers.image.ref.name` whole, or, since some tools put
 * the full reference there, its part after the last colon.
 */
export function findInIndex(entries: readonly Descriptor[], reference: string): Descriptor | undefined {
  if (isDigest(reference)) {
    const found = entries.find(({ digest }) => digest === reference);
    return found === undefined ? undefined : withoutName(found);
  }
  const named = (entry: Descriptor) => entry.annotations?.[refName];
  const found =
    entries.find((entry) => named(entry) === reference) ??
    entries.find((entry) => tagOf(named(entry)) === reference);
  return found === undefined ? undefined : withoutName(found);
}

/** Entries whose `subject` is the digest, as a referrers list. Only direct entries of index.json are looked at. */
export async function findReferrers(
  source: Fetcher,
  entries: readonly Descriptor[],
  subject: Digest,
  artifactType: string | undefined,
): Promise<Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  for (const entry of entries) {
    const options = { field: entry.digest, foreignLayers: "allow" } as const;
    if (!isManifestType(entry.mediaType) && !isIndexType(entry.mediaType)) continue;
    const bytes = await readAll(source, entry);
    const document = isIndexType(entry.mediaType)
      ? parseIndex(bytes, options)
      : parseManifest(bytes, options);
    if (document.subject?.digest !== subject) continue;
    const listed = referrerDescriptor(entry, document);
    if (artifactType === undefined || listed.artifactType === artifactType) found.set(entry.digest, listed);
  }
  return [...found.values()];
}

function tagOf(name: string | undefined): string | undefined {
  return name === undefined || !name.includes("/") ? undefined : name.slice(name.lastIndexOf(":") + 1);
}

function withoutName({ mediaType, digest, size, platform }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(platform === undefined ? {} : { platform }) };
}
