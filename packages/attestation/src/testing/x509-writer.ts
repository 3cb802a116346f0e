import { der } from "@apoc/encoding";

/** A Name of one common name. */
export function commonName(text: string): Uint8Array<ArrayBuffer> {
  return der.sequence(der.element(0x31, der.sequence(der.oid("2.5.4.3"), der.utf8(text))));
}

/** One extension of a certificate or revocation list. */
export function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array<ArrayBuffer> {
  return critical
    ? der.sequence(der.oid(id), der.boolean(true), der.octetString(value))
    : der.sequence(der.oid(id), der.octetString(value));
}
