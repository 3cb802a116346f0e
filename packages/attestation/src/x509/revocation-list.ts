import {
  DerError,
  DerReader,
  equalBytes,
  readBitString,
  readSerial,
  readSmallInteger,
  readTime,
  tags,
} from "@apoc/encoding";
import { type Certificate, readExtensions, readExtensionList } from "./certificate.ts";
import { remembered } from "../memo.ts";
import { type DistinguishedName, readName } from "./name.ts";

/** Maximum number of bytes of a revocation list that is read at all. */
export const revocationListLimit = 65_536;

/** What the checks need of a certificate revocation list (RFC 5280, section 5.1). */
export interface RevocationList
  extends Pick<Certificate, "signed" | "signature" | "algorithm" | "algorithmsAgree"> {
  readonly issuer: DistinguishedName;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serials of revoked certificates of this issuer, lower-case hexadecimal. */
  readonly revoked: ReadonlySet<string>;
}

/**
 * Parses one revocation list. One that was parsed before gives the same object, which nobody may change. Throws
 * {@link DerError} for anything but a complete, direct list: one without next update, with an unknown critical
 * extension (delta lists, partitioned lists), or with critical entry extensions.
 */
export function parseRevocationList(bytes: Uint8Array): RevocationList {
  if (bytes.length > revocationListLimit) throw new DerError("the revocation list is too large");
  return knownList(bytes);
}

/** Those of a root and its authorities, of some platforms. */
const knownList = remembered(16, readList);

function readList(own: Uint8Array<ArrayBuffer>): RevocationList {
  const outer = new DerReader(own);
  const list = outer.enter();
  outer.end();
  const signed = list.next(tags.sequence);
  const outerAlgorithm = list.next(tags.sequence);
  const signature = readBitString(list.next(tags.bitString));
  list.end();

  const fields = new DerReader(signed.content);
  const version = fields.optional(tags.integer);
  if (version !== undefined && readSmallInteger(version) !== 1) throw new DerError("not a version 2 list");
  const algorithm = fields.next(tags.sequence);
  const issuer = readName(fields.next(tags.sequence));
  const thisUpdate = readTime(fields.next());
  const nextUpdate = readTime(fields.next());
  const entries = fields.optional(tags.sequence);
  const wrapped = fields.optional(0xa0);
  fields.end();
  if (version === undefined && wrapped !== undefined) throw new DerError("extensions in a version 1 list");
  for (const [oid, { critical }] of readExtensions(wrapped)) {
    if (critical) throw new DerError(`unknown critical extension ${oid}`);
  }
  return {
    signed: signed.raw,
    signature,
    algorithm,
    algorithmsAgree: equalBytes(algorithm.raw, outerAlgorithm.raw),
    issuer,
    thisUpdate,
    nextUpdate,
    revoked: entries === undefined ? new Set() : readEntries(new DerReader(entries.content)),
  };
}

function readEntries(entries: DerReader): Set<string> {
  const revoked = new Set<string>();
  while (!entries.done) {
    const entry = entries.enter();
    revoked.add(readSerial(entry.next(tags.integer)));
    readTime(entry.next());
    const extensions = entry.optional(tags.sequence);
    entry.end();
    if (extensions === undefined) continue;
    // Some issuers write an empty list of extensions although the grammar asks for at least one.
    for (const { critical } of readExtensionList(new DerReader(extensions.content)).values())
      if (critical) throw new DerError("unknown critical entry extension");
  }
  return revoked;
}
