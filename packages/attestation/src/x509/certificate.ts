import { sha256 } from "@noble/hashes/sha2.js";
import {
  type DerElement,
  DerError,
  DerReader,
  equalBytes,
  readBitString,
  readBoolean,
  readOid,
  readSequence,
  readSerial,
  readSmallInteger,
  readTime,
  tags,
  toHex,
} from "@apoc/encoding";
import { derived, remembered } from "../memo.ts";
import { type DistinguishedName, readName } from "./name.ts";
import { type PublicKeyKind, readPublicKey } from "./public-key.ts";

/** Maximum number of bytes of a certificate that is read at all. */
export const certificateLimit = 8192;

/** What the checks need of an X.509 certificate, version 3 (RFC 5280, section 4.1). */
export interface Certificate {
  readonly raw: Uint8Array<ArrayBuffer>;
  /** The signed part, as it was. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** The AlgorithmIdentifier inside the signed part. */
  readonly algorithm: DerElement;
  /** Whether the AlgorithmIdentifier outside the signed part equals the one inside, byte for byte. */
  readonly algorithmsAgree: boolean;
  /** Lower-case hexadecimal. AMD gives every endorsement key the serial 00. */
  readonly serial: string;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly key: PublicKeyKind;
  readonly extensions: Extensions;
}

/** One extension: whether it is critical, and the content of its OCTET STRING. */
export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array<ArrayBuffer>;
}
/** Extensions by object identifier; none occurs twice. */
export type Extensions = ReadonlyMap<string, Extension>;

const basicConstraintsOid = "2.5.29.19";
const keyUsageOid = "2.5.29.15";
/** Extensions whose meaning the checks know; any other that is marked critical makes a certificate unusable. */
const understood: ReadonlySet<string> = new Set([basicConstraintsOid, keyUsageOid]);

/**
 * Parses one certificate. One that was parsed before gives the same object, which nobody may change. Throws
 * {@link DerError} (or `TypeError` for text that is not UTF-8).
 */
export function parseCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > certificateLimit) throw new DerError("the certificate is too large");
  return knownCertificate(bytes);
}

/** A chain of each of some platforms, and those of their authorities. */
const knownCertificate = remembered(64, readCertificate);

function readCertificate(own: Uint8Array<ArrayBuffer>): Certificate {
  const outer = new DerReader(own);
  const whole = outer.next(tags.sequence);
  outer.end();
  const certificate = new DerReader(whole.content);
  const signed = certificate.next(tags.sequence);
  const outerAlgorithm = certificate.next(tags.sequence);
  const signature = readBitString(certificate.next(tags.bitString));
  certificate.end();

  const fields = new DerReader(signed.content);
  const version = fields.enter(0xa0);
  if (readSmallInteger(version.next(tags.integer)) !== 2) throw new DerError("not a version 3 certificate");
  version.end();
  const serial = readSerial(fields.next(tags.integer));
  const algorithm = fields.next(tags.sequence);
  const issuer = readName(fields.next(tags.sequence));
  const validity = fields.enter();
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  validity.end();
  const subject = readName(fields.next(tags.sequence));
  const spki = fields.next(tags.sequence);
  const wrapped = fields.optional(0xa3);
  fields.end();
  const extensions = readExtensions(wrapped);
  for (const [oid, { critical }] of extensions) {
    if (critical && !understood.has(oid)) throw new DerError(`unknown critical extension ${oid}`);
  }
  return {
    raw: whole.raw,
    signed: signed.raw,
    signature,
    algorithm,
    algorithmsAgree: equalBytes(algorithm.raw, outerAlgorithm.raw),
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki: spki.raw,
    key: readPublicKey(spki),
    extensions,
  };
}

/** Lower-case hexadecimal SHA-256 of the bytes of a certificate, whether they can be parsed or not. */
export function fingerprintOf(bytes: Uint8Array): string {
  return bytes.length > certificateLimit ? toHex(sha256(bytes)) : knownFingerprint(bytes);
}

const knownFingerprint = remembered(16, (own) => toHex(sha256(own)));

/** Extensions inside their explicit tag; of a certificate ([3]) or a revocation list ([0]). Throws {@link DerError}. */
export function readExtensions(wrapped: DerElement | undefined): Extensions {
  return wrapped === undefined ? new Map() : readExtensionList(readSequence(wrapped.content));
}

/** The extensions of a list; of a certificate, a revocation list, or an entry of one. Throws {@link DerError}. */
export function readExtensionList(list: DerReader): Extensions {
  const found = new Map<string, Extension>();
  while (!list.done) {
    const extension = list.enter();
    const oid = readOid(extension.next(tags.oid));
    const flag = extension.optional(tags.boolean);
    const critical = flag !== undefined && readBoolean(flag);
    if (flag !== undefined && !critical) throw new DerError("a default value is encoded");
    const { content: value } = extension.next(tags.octetString);
    extension.end();
    if (found.has(oid)) throw new DerError(`extension ${oid} occurs twice`);
    found.set(oid, { critical, value });
  }
  return found;
}

/** What a certificate says about being an authority (RFC 5280, sections 4.2.1.3 and 4.2.1.9). Throws {@link DerError}. */
export interface Authority {
  readonly isAuthority: boolean;
  /** How many intermediates may follow; `undefined` when it does not say. */
  readonly pathLength: number | undefined;
  readonly mayCertify: boolean;
  readonly mayRevoke: boolean;
  /** Whether the key may sign other data; `undefined` when the certificate does not say. */
  readonly maySign: boolean | undefined;
}

/** Reads basic constraints and key usage; an authority's must both be present and critical to count. */
export const authorityOf: (certificate: Certificate) => Authority = derived((certificate) => {
  const constraints = certificate.extensions.get(basicConstraintsOid);
  const usage = certificate.extensions.get(keyUsageOid);
  let isAuthority = false;
  let pathLength: number | undefined;
  if (constraints !== undefined) {
    const reader = readSequence(constraints.value);
    const flag = reader.optional(tags.boolean);
    isAuthority = flag !== undefined && readBoolean(flag) && constraints.critical;
    const limit = reader.optional(tags.integer);
    pathLength = limit === undefined ? undefined : readSmallInteger(limit);
    reader.end();
  }
  let bits = 0;
  let maySign: boolean | undefined;
  if (usage !== undefined) {
    const reader = new DerReader(usage.value);
    const { content } = reader.next(tags.bitString);
    reader.end();
    if (content.length < 2 || content.length > 3 || content[0]! > 7)
      throw new DerError("key usage is malformed");
    bits = usage.critical ? content[1]! : 0;
    maySign = (content[1]! & 0x80) !== 0;
  }
  // Bit 5 is keyCertSign and bit 6 is cRLSign, counted from the most significant bit.
  const [mayCertify, mayRevoke] = [(bits & 0x04) !== 0, (bits & 0x02) !== 0];
  return { isAuthority, pathLength, mayCertify, mayRevoke, maySign };
});
