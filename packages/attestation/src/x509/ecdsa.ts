import {
  type DerElement,
  DerError,
  DerReader,
  readOid,
  readSequence,
  tags,
  unsignedInteger,
} from "@apoc/encoding";
import { importEcdsaKey, verifySignature } from "#signature";
import { derived, rememberedLater } from "../memo.ts";
import type { VerificationKey } from "../signature/verification-key.ts";

const ecdsaSha256Oid = "1.2.840.10045.4.3.2";
const scalarSize = 32;

/** Keys that are remembered, for each curve. */
const keyLimit = 64;

/** Whether an AlgorithmIdentifier is ecdsa-with-SHA256 without parameters (RFC 5758, section 3.2). */
export const isEcdsaSha256: (algorithm: DerElement) => boolean = derived((algorithm) => {
  try {
    const identifier = new DerReader(algorithm.content);
    return readOid(identifier.next(tags.oid)) === ecdsaSha256Oid && identifier.done;
  } catch {
    return false;
  }
});

/** R ‖ S, 32 bytes each, of a DER signature (RFC 3279, section 2.2.3): the form WebCrypto takes. Throws {@link DerError}. */
export function readEcdsaSignature(der: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = readSequence(der);
  const signature = new Uint8Array(2 * scalarSize);
  for (const end of [scalarSize, 2 * scalarSize]) {
    const scalar = unsignedInteger(reader.next(tags.integer));
    if (scalar.length > scalarSize) throw new DerError("a scalar of more than 32 bytes");
    signature.set(scalar, end - scalar.length);
  }
  reader.end();
  return signature;
}

/** A P-256 key from its point, 0x04 ‖ X ‖ Y, for verification. Rejects a point that is not on the curve. */
export const importP256Key: (point: Uint8Array) => Promise<VerificationKey> = rememberedLater(
  keyLimit,
  (point) => importEcdsaKey("ecdsa-p256-sha256", point),
);

/** Whether the P-256 signature (R ‖ S, SHA-256) over these exact bytes holds. */
export async function verifyEcdsaSha256(
  key: VerificationKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return key.scheme === "ecdsa-p256-sha256" && (await verifySignature(key, signature, bytes));
}

/** A P-384 key from its point, 0x04 ‖ X ‖ Y, for verification. Rejects a point that is not on the curve. */
export const importP384Key: (point: Uint8Array) => Promise<VerificationKey> = rememberedLater(
  keyLimit,
  (point) => importEcdsaKey("ecdsa-p384-sha384", point),
);

/** Whether the P-384 signature (R ‖ S, SHA-384) over these exact bytes holds. */
export async function verifyEcdsaSha384(
  key: VerificationKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return key.scheme === "ecdsa-p384-sha384" && (await verifySignature(key, signature, bytes));
}
