import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Grant, parseGrant, podErrors } from "@apoc/core";
import { isApocError } from "@apoc/errors";
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
    const grant = text === undefined ? undefined : parseCurrent(text);
    if (grant !== undefined) grants.push(grant);
  }
  return grants.sort((a, b) => b.notAfter - a.notAfter);
}

/** No provider takes a grant of a former version: there is nothing to show or revoke. */
function parseCurrent(text: string): Grant | undefined {
  try {
    return parseGrant(text);
  } catch (error) {
    if (isApocError(error, podErrors.GRANT_VERSION)) return undefined;
    throw error;
  }
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, "grants");
}

function hexOf(image: Digest): string {
  return image.slice(image.indexOf(":") + 1);
}
