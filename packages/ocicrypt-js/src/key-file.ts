import {
  der,
  type DerElement,
  findPemBlocks,
  type PemBlock,
  readBitString,
  readElements,
  readOid,
  tags,
  toBase64Url,
  unsignedInteger,
} from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { typed } from "./der-element.ts";
import { decryptLegacyPem, decryptPkcs8 } from "./encrypted-key.ts";
import { ocicryptErrors } from "./errors.ts";
import { parseStrictObject } from "./strict-object.ts";

/** Members of a JWK, not checked yet. */
export type KeyDocument = Record<string, unknown>;

/** Greatest size of a key file in bytes. */
const limit = 64 * 1024;

const rsaEncryption = "1.2.840.113549.1.1.1";
const ecPublicKey = "1.2.840.10045.2.1";
const curves: Record<string, string> = {
  "1.2.840.10045.3.1.7": "P-256",
  "1.3.132.0.34": "P-384",
  "1.3.132.0.35": "P-521",
  "1.3.132.0.10": "secp256k1",
};

/** How a key file is read. */
export interface KeyFileOptions {
  /** Opens a protected private key; text is taken as UTF-8. Ignored for keys that are not protected. */
  readonly passphrase?: string | Uint8Array | undefined;
}

/**
 * Reads a key in any of the forms that ocicrypt's tools take, as members of a JWK: a JWK, or PKIX, PKCS#8, PKCS#1,
 * SEC1 as PEM or DER, private ones also protected by a passphrase. Done here rather than by node:crypto so that
 * browsers read the same files.
 * @throws KEY_INVALID, KEY_UNSUPPORTED, KEY_PASSPHRASE, KEY_PASSPHRASE_WRONG, KEY_PROTECTION_UNSUPPORTED
 */
export async function readKeyFile(
  input: Uint8Array | string | object,
  field: string,
  options: KeyFileOptions = {},
): Promise<KeyDocument> {
  if (typeof input === "object" && !(input instanceof Uint8Array)) return { ...input };
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : new Uint8Array(input);
  if (bytes.length > limit) {
    throw new ApocError(ocicryptErrors.KEY_INVALID, {
      field,
      expected: `at most ${limit} bytes`,
      actual: `${bytes.length} bytes`,
    });
  }
  const text = new TextDecoder("latin1").decode(bytes);
  if (/^\s*\{/.test(text)) return parseStrictObject(bytes, field);
  try {
    if (!text.includes("-----BEGIN ")) return await readDerKey(bytes, field, options);
    for (const block of findPemBlocks(text)) {
      // openssl ecparam -genkey writes the curve in a block of its own before the key
      if (block.label !== "EC PARAMETERS") return await readPemKey(block, field, options);
    }
    throw new RangeError("no PEM block");
  } catch (cause) {
    if (cause instanceof ApocError) throw cause;
    throw new ApocError(ocicryptErrors.KEY_INVALID, {
      field,
      expected: "PEM or DER of PKIX, PKCS#8, PKCS#1 or SEC1, or a JWK",
      cause,
    });
  }
}

async function readPemKey(
  { label, headers, bytes }: PemBlock,
  field: string,
  options: KeyFileOptions,
): Promise<KeyDocument> {
  if (label.endsWith("CERTIFICATE")) throw certificate(field);
  if (/^(OPENSSH|PGP) /.test(label)) throw unsupported(field, `a key of ${label.split(" ")[0]}`);
  if (bytes === undefined) throw new RangeError("base64");
  if (!/^Proc-Type:.*ENCRYPTED/m.test(headers)) return readDerKey(bytes, field, options);
  return inside(field, await decryptLegacyPem(headers, bytes, field, options.passphrase));
}

async function readDerKey(
  bytes: Uint8Array<ArrayBuffer>,
  field: string,
  options: KeyFileOptions,
): Promise<KeyDocument> {
  const nodes = membersOf(bytes);
  const [first, second, third] = nodes;
  if (first?.tag === tags.sequence) {
    if (second?.tag === tags.bitString) return readPkix(nodes, field);
    // RFC 5958, section 3: EncryptedPrivateKeyInfo
    if (second?.tag === tags.octetString)
      return inside(field, await decryptPkcs8(nodes, field, options.passphrase));
    // RFC 5280, section 4.1: Certificate
    if (second?.tag === tags.sequence && third?.tag === tags.bitString) throw certificate(field);
  }
  if (second?.tag === tags.sequence) return readPkcs8(nodes, field);
  if (second?.tag === tags.octetString) return readSec1(nodes, undefined, field);
  if (second?.tag === tags.integer) return readPkcs1(nodes);
  throw new RangeError("an unknown structure");
}

/** A wrong passphrase gives well padded bytes once in some hundred times; then what is inside is no key. */
async function inside(field: string, decrypted: Uint8Array<ArrayBuffer>): Promise<KeyDocument> {
  try {
    return await readDerKey(decrypted, field, {});
  } catch (cause) {
    if (cause instanceof ApocError && cause.descriptor !== ocicryptErrors.KEY_PASSPHRASE) throw cause;
    throw new ApocError(ocicryptErrors.KEY_PASSPHRASE_WRONG, { field });
  } finally {
    decrypted.fill(0);
  }
}

// RFC 5280, section 4.1: SubjectPublicKeyInfo
function readPkix([algorithm, key]: DerElement[], field: string): KeyDocument {
  const { oid, curve } = readAlgorithm(algorithm, field);
  if (oid === rsaEncryption) return readPkcs1(membersOf(readBitString(typed(key, tags.bitString))));
  return { kty: "EC", crv: curve, ...readPoint(readBitString(typed(key, tags.bitString)), field) };
}

// RFC 5958, section 2: PrivateKeyInfo
function readPkcs8([, algorithm, key]: DerElement[], field: string): KeyDocument | Promise<KeyDocument> {
  const { oid, curve } = readAlgorithm(algorithm, field);
  const inner = membersOf(typed(key, tags.octetString).content);
  return oid === rsaEncryption ? readPkcs1(inner) : readSec1(inner, curve, field);
}

function readAlgorithm(
  node: DerElement | undefined,
  field: string,
): { oid: string; curve: string | undefined } {
  const [oidNode, parameters] = readElements(typed(node, tags.sequence).content);
  const oid = readOid(typed(oidNode, tags.oid));
  if (oid === rsaEncryption) return { oid, curve: undefined };
  if (oid !== ecPublicKey) throw unsupported(field, `algorithm ${oid}`);
  if (parameters?.tag !== tags.oid) throw unsupported(field, "an unnamed curve");
  return { oid, curve: readCurve(parameters) };
}

function readCurve(node: DerElement | undefined): string {
  const oid = readOid(typed(node, tags.oid));
  return curves[oid] ?? oid;
}

// RFC 8017, appendix A.1: RSAPublicKey and RSAPrivateKey
function readPkcs1(nodes: DerElement[]): KeyDocument {
  const integers = nodes.map((node) => toBase64Url(unsignedInteger(typed(node, tags.integer))));
  if (integers.length === 2) {
    const [n, e] = integers;
    return { kty: "RSA", n, e };
  }
  const [version, n, e, d, p, q, dp, dq, qi] = integers;
  if (integers.length !== 9 || version !== toBase64Url(new Uint8Array(1))) throw new RangeError("RSA key");
  return { kty: "RSA", n, e, d, p, q, dp, dq, qi };
}

// RFC 5915, section 3: ECPrivateKey
async function readSec1(
  nodes: DerElement[],
  outerCurve: string | undefined,
  field: string,
): Promise<KeyDocument> {
  const [, key, ...optional] = nodes;
  const tagged = (tag: number) => optional.find((node) => node.tag === tag);
  const parameters = tagged(0xa0);
  const crv =
    outerCurve ?? (parameters === undefined ? undefined : readCurve(readElements(parameters.content)[0]));
  if (crv === undefined) throw unsupported(field, "an unnamed curve");
  const secret = typed(key, tags.octetString).content;
  const point = tagged(0xa1);
  if (point !== undefined) {
    const { x, y } = readPoint(readBitString(typed(readElements(point.content)[0], tags.bitString)), field);
    return { kty: "EC", crv, x, y, d: toBase64Url(secret) };
  }
  return derivePublic(crv, secret, field);
}

/** A SEC1 key may leave its public point out; the platform computes it. */
async function derivePublic(crv: string, secret: Uint8Array, field: string): Promise<KeyDocument> {
  const oid = Object.keys(curves).find((known) => curves[known] === crv);
  if (oid === undefined || crv === "secp256k1") throw unsupported(field, `curve ${crv}`);
  const algorithm = der.sequence(der.oid(ecPublicKey), der.oid(oid));
  const inner = der.sequence(der.integer(1), der.octetString(secret));
  const pkcs8 = der.sequence(der.integer(0), algorithm, der.octetString(inner));
  const imported = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDH", namedCurve: crv }, true, [
    "deriveBits",
  ]);
  return { ...(await crypto.subtle.exportKey("jwk", imported)) };
}

/** Members of the one sequence that these bytes are. */
function membersOf(bytes: Uint8Array<ArrayBuffer>): DerElement[] {
  const [outer, ...rest] = readElements(bytes);
  if (rest.length > 0) throw new RangeError("one sequence expected");
  return readElements(typed(outer, tags.sequence).content);
}

// SEC 1, section 2.3.3
function readPoint(point: Uint8Array, field: string): { x: string; y: string } {
  if (point[0] !== 4 || point.length % 2 !== 1) throw unsupported(field, "a compressed point");
  const half = (point.length - 1) / 2;
  return { x: toBase64Url(point.subarray(1, 1 + half)), y: toBase64Url(point.subarray(1 + half)) };
}

function unsupported(field: string, actual: string): ApocError {
  return new ApocError(ocicryptErrors.KEY_UNSUPPORTED, {
    field,
    expected: "RSA, or EC on P-256, P-384 or P-521",
    actual,
  });
}

/** ocicrypt's JWE scheme takes keys, not certificates; a certificate's names and dates would not be looked at. */
function certificate(field: string): ApocError {
  return new ApocError(ocicryptErrors.KEY_UNSUPPORTED, {
    field,
    expected: "a public key",
    actual: "an X.509 certificate",
    next: { action: "extract-public-key" },
  });
}
