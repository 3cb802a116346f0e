import { certificateGuids, type HostCertificates } from "../certificate-table.ts";

/** A certificate table as a host writes it: entries, a zero entry, the certificates one after the other. */
export function certificateTable(
  certificates: HostCertificates,
  others: readonly (readonly [guid: string, content: Uint8Array])[] = [],
): Uint8Array {
  const named = Object.entries(certificates).map(
    ([name, content]) => [certificateGuids[name as keyof HostCertificates], content] as const,
  );
  const entries = [...named, ...others];
  const head = (entries.length + 1) * 24;
  const size = entries.reduce((sum, [, content]) => sum + content.length, head);
  const table = new Uint8Array(size);
  const view = new DataView(table.buffer);
  let offset = head;
  entries.forEach(([guid, content], index) => {
    table.set(Buffer.from(guid.replaceAll("-", ""), "hex"), index * 24);
    view.setUint32(index * 24 + 16, offset, true);
    view.setUint32(index * 24 + 20, content.length, true);
    table.set(content, offset);
    offset += content.length;
  });
  return table;
}
