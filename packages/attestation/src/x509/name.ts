import { type DerElement, DerError, DerReader, readOid, tags } from "@apoc/encoding";

const commonNameOid = "2.5.4.3";
const unitOid = "2.5.4.11";
const stringTags: readonly number[] = [tags.utf8String, tags.printableString, tags.ia5String];
const decoder = new TextDecoder("utf-8", { fatal: true });

/** What the checks need of a distinguished name (RFC 5280, section 4.1.2.4). */
export interface DistinguishedName {
  /** All bytes: names are compared as they were encoded. */
  readonly raw: Uint8Array<ArrayBuffer>;
  /** The common name; empty when there is none or more than one. */
  readonly commonName: string;
  /** The organizational unit; empty when there is none or more than one. */
  readonly unit: string;
}

/** Reads a Name. Throws `DerError`. */
export function readName(element: DerElement): DistinguishedName {
  const values = new Map<string, string[]>();
  const names = new DerReader(element.content);
  while (!names.done) {
    const set = names.enter(tags.set);
    do {
      const attribute = set.enter();
      const type = readOid(attribute.next(tags.oid));
      const value = attribute.next();
      attribute.end();
      if (type !== commonNameOid && type !== unitOid) continue;
      if (!stringTags.includes(value.tag)) throw new DerError("unusual string type in a name");
      values.set(type, [...(values.get(type) ?? []), decoder.decode(value.content)]);
    } while (!set.done);
  }
  const only = (type: string) => (values.get(type)?.length === 1 ? (values.get(type)?.[0] ?? "") : "");
  return { raw: element.raw, commonName: only(commonNameOid), unit: only(unitOid) };
}
