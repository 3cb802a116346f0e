import {
  type DerElement,
  DerReader,
  readBitString,
  readOid,
  readSequence,
  readSmallInteger,
  tags,
  unsignedInteger,
} from "@apoc/encoding";

const rsaOid = "1.2.840.113549.1.1.1";
const ecOid = "1.2.840.10045.2.1";
const p384Oid = "1.3.132.0.34";
const p256Oid = "1.2.840.10045.3.1.7";

/** What a SubjectPublicKeyInfo holds, as far as the checks tell keys apart. */
export type PublicKeyKind =
  | { readonly type: "rsa"; readonly bits: number; readonly exponent: number }
  | { readonly type: "p384" | "p256" /** 0x04 ‖ X ‖ Y */; readonly point: Uint8Array<ArrayBuffer> }
  | { readonly type: "other" };

/** Says what kind of key a SubjectPublicKeyInfo holds (RFC 3279, RFC 5480). Throws `DerError`. */
export function readPublicKey(spki: DerElement): PublicKeyKind {
  const reader = new DerReader(spki.content);
  const algorithm = reader.enter();
  const key = readBitString(reader.next(tags.bitString));
  reader.end();
  const oid = readOid(algorithm.next(tags.oid));
  if (oid === rsaOid) {
    const parameters = algorithm.next(tags.null);
    algorithm.end();
    const numbers = readSequence(key);
    const modulus = unsignedInteger(numbers.next(tags.integer));
    const exponent = readSmallInteger(numbers.next(tags.integer));
    numbers.end();
    const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
    return parameters.content.length === 0 ? { type: "rsa", bits, exponent } : { type: "other" };
  }
  if (oid === ecOid) {
    const curve = readOid(algorithm.next(tags.oid));
    algorithm.end();
    if (curve === p384Oid && key.length === 97 && key[0] === 4) return { type: "p384", point: key };
    if (curve === p256Oid && key.length === 65 && key[0] === 4) return { type: "p256", point: key };
  }
  return { type: "other" };
}
