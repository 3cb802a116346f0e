import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";

const entrySize = 24;
const entryLimit = 64;

/** GUIDs of the certificates in a table (AMD publication 56421, GHCB, "SNP Extended Guest Request"). */
export const certificateGuids = {
  vcek: "63da758d-e664-4564-adc5-f4b93be8accd",
  vlek: "a8074bc2-a25a-483e-aae6-39c045a0b8a1",
  intermediate: "4ab7b379-bbac-4fe4-a02f-05aef327c782",
  root: "c0b406a4-a803-4952-9743-3fb6014cd0ae",
} as const;

/** Certificates that the host put beside a report, DER. It may leave out any, and put there what it likes. */
export type HostCertificates = { readonly [Name in keyof typeof certificateGuids]?: Uint8Array };

/**
 * Reads a certificate table: entries of GUID (16 bytes in textual order), offset and length (u32, little-endian),
 * ended by a zero entry; no bytes at all are no certificates. The host made it: every offset and length is compared
 * with what is there, in numbers that do not wrap. Unknown GUIDs are passed over.
 * @throws ATTESTER_ANSWER for entries outside of the table, entries twice, and a table without end
 */
export function readCertificateTable(table: Uint8Array): HostCertificates {
  const found: { -readonly [Name in keyof HostCertificates]: Uint8Array } = {};
  if (table.length === 0) return found;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  for (let index = 0; ; index++) {
    const start = index * entrySize;
    if (index >= entryLimit || start + entrySize > table.length)
      throw broken("a zero entry at the end", "none");
    const guid = guidText(table.subarray(start, start + 16));
    const [offset, length] = [view.getUint32(start + 16, true), view.getUint32(start + 20, true)];
    if (table.subarray(start, start + entrySize).every((byte) => byte === 0)) return found;
    const name = names.get(guid);
    // A JavaScript number holds the sum of two u32 exactly.
    if (offset + length > table.length || length === 0)
      throw broken(`entries within ${table.length} bytes`, `${guid} at ${offset}, ${length} bytes`);
    if (name === undefined) continue;
    if (found[name] !== undefined) throw broken("one certificate of a kind", `${guid} twice`);
    found[name] = table.slice(offset, offset + length);
  }
}

const names: ReadonlyMap<string, keyof HostCertificates> = new Map(
  Object.entries(certificateGuids).map(([name, guid]) => [guid, name as keyof HostCertificates]),
);

function guidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function broken(expected: string, actual: string): ApocError {
  return new ApocError(providerErrors.ATTESTER_ANSWER, { field: "auxblob", expected, actual });
}
