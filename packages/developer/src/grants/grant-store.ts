import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Grant, parseGrant } from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { readFileIfThere, writeFileAtomic } from "@apoc/client/files";

/**
 * Remembers a grant that was given, in `<data>/grants/<D hex>-<key id>-<not after>.json`, for `show` and `revoke`. One does
 * not replace another: an earlier grant that lasts longer is still out there.
 */
export async function saveGrant(dataDirectory: string, grant: Grant): Promise<void> {
  const name = `${hexOf(grant.image)}-${grant.providerKeyId}-${grant.notAfter}.json`;
  await writeFileAtomic(join(folderOf(dataDirectory), name), `${JSON.stringify(grant, null, 2)}\n`);
}

/** Grants that were given from here for an image, the longest-lived first. Throws GRANT_INVALID. */
export async function listGrants(dataDirectory: string, image: Digest): Promise<Grant[]> {
  const files = await readdir(folderOf(dataDirectory)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const grants: Grant[] = [];
  for (const file of files.filter((name) => name.startsWith(`${hexOf(image)}-`) && name.endsWith(".json"))) {
    const text = await readFileIfThere(join(folderOf(dataDirectory), file), 65_536);
    if (text !== undefined) grants.push(parseGrant(text));
  }
  return grants.sort((a, b) => b.notAfter - a.notAfter);
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, "grants");
}

function hexOf(image: Digest): string {
  return image.slice(image.indexOf(":") + 1);
}
