import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { attestationErrors } from "@apoc/attestation";
import { parseSignedRecord, type SignedRecord } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import { readFileIfThere, writeFileAtomic } from "@apoc/client/files";

/** Writes a record to `<data>/attestations/<provider>-<key id>.json`; a later one for the same key replaces it. */
export async function saveRecord(dataDirectory: string, signed: SignedRecord): Promise<string> {
  const { provider, providerKeyId } = signed.record;
  const path = join(folderOf(dataDirectory), `${provider.toLowerCase()}-${providerKeyId}.json`);
  await writeFileAtomic(path, recordText(signed));
  return path;
}

/** The text of a record file. */
export function recordText(signed: SignedRecord): string {
  return `${JSON.stringify(signed, null, 2)}\n`;
}

/** Records of a provider that are here, the latest first. */
export async function findRecords(
  dataDirectory: string,
  provider: string,
): Promise<{ readonly path: string; readonly text: string; readonly signed: SignedRecord }[]> {
  const files = await readdir(folderOf(dataDirectory)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const found = [];
  for (const file of files.filter((name) => name.startsWith(`${provider.toLowerCase()}-`))) {
    const path = join(folderOf(dataDirectory), file);
    const text = await readFileIfThere(path);
    const signed = text === undefined ? undefined : parseCurrent(text, path);
    if (text !== undefined && signed !== undefined) found.push({ path, text, signed });
  }
  return found.sort((a, b) => b.signed.record.evaluatedAt.localeCompare(a.signed.record.evaluatedAt));
}

/** A record of a former version says nothing about the keys that a provider has now. */
function parseCurrent(text: string, path: string): SignedRecord | undefined {
  try {
    return parseSignedRecord(text, path);
  } catch (error) {
    if (isApocError(error, attestationErrors.RECORD_VERSION)) return undefined;
    throw error;
  }
}

function folderOf(dataDirectory: string): string {
  return join(dataDirectory, "attestations");
}
