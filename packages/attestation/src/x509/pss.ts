import { type DerElement, DerReader, readOid, readSmallInteger, tags } from "@apoc/encoding";
import { importRsaKey, verifySignature } from "#signature";
import { derived, rememberedLater } from "../memo.ts";
import type { VerificationKey } from "../signature/verification-key.ts";

const pssOid = "1.2.840.113549.1.1.10";
const mgf1Oid = "1.2.840.113549.1.1.8";
const sha384Oid = "2.16.840.1.101.3.4.2.2";

/**
 * Whether an AlgorithmIdentifier is RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt length 48 and trailer field 1
 * (RFC 4055, section 3.1). SHA-384 may bear NULL parameters or none; the trailer field may be left out or stated,
 * as AMD's roots do. Every other difference, default parameters above all (SHA-1), gives `false`.
 */
export const isPssSha384: (algorithm: DerElement) => boolean = derived((algorithm) => {
  try {
    const identifier = new DerReader(algorithm.content);
    if (readOid(identifier.next(tags.oid)) !== pssOid) return false;
    const parameters = identifier.enter();
    identifier.end();
    const hash = only(parameters.enter(0xa0));
    if (!isSha384(hash)) return false;
    const mask = new DerReader(only(parameters.enter(0xa1)).content);
    if (readOid(mask.next(tags.oid)) !== mgf1Oid || !isSha384(mask.next(tags.sequence))) return false;
    mask.end();
    if (readSmallInteger(only(parameters.enter(0xa2), tags.integer)) !== 48) return false;
    const trailer = parameters.optional(0xa3);
    if (trailer !== undefined && readSmallInteger(only(new DerReader(trailer.content), tags.integer)) !== 1)
      return false;
    parameters.end();
    return true;
  } catch {
    return false;
  }
});

function isSha384(algorithm: DerElement): boolean {
  const reader = new DerReader(algorithm.content);
  if (readOid(reader.next(tags.oid)) !== sha384Oid) return false;
  const parameters = reader.optional(tags.null);
  reader.end();
  return parameters === undefined || parameters.content.length === 0;
}

function only(reader: DerReader, tag: number = tags.sequence): DerElement {
  const element = reader.next(tag);
  reader.end();
  return element;
}

/** Key of an RSA signer, imported for {@link verifyPss}. Rejects when the bytes are no RSA key. */
export const importPssKey: (spki: Uint8Array) => Promise<VerificationKey> = rememberedLater(64, importRsaKey);

/** Whether the RSASSA-PSS signature (SHA-384, MGF1-SHA-384, salt 48) over these exact bytes holds. */
export async function verifyPss(
  key: VerificationKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return key.scheme === "rsa-pss-sha384" && (await verifySignature(key, signature, bytes));
}
