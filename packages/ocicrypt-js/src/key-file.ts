import { ApocError } from "@apoc/errors";
import { fromBase64, toBase64Url } from "./base64.ts";
import {
  contentOf,
  type DerNode,
  derTags,
  readBitString,
  readDer,
  readObjectIdentifier,
  readSequence,
  readUnsigned,
  writeDer,
} from "./der.ts";
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
const pemPattern = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

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
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
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
    for (const [, label = "", body = ""] of text.matchAll(pemPattern)) {
      // openssl ecparam -genkey writes the curve in a block of its own before the key
      if (label !== "EC PARAMETERS") return await readPemKey(label, body, field, options);
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
  label: string,
  body: string,
  field: string,
  options: KeyFileOptions,
): Promise<KeyDocument> {
  if (label.endsWith("CERTIFICATE")) throw certificate(field);
  if (/^(OPENSSH|PGP) /.test(label)) throw unsupported(field, `a key of ${label.split(" ")[0]}`);
  // RFC 1421, section 4.6: headers, an empty line, base64
  const [, headers = "", data = ""] = /^\s*((?:[A-Za-z-]+:.*\r?\n)*)([\s\S]*)$/.exec(body) ?? [];
  const der = fromBase64(data.replace(/\s+/g, ""));
  if (der === undefined) throw new RangeError("base64");
  if (!/^Proc-Type:.*ENCRYPTED/m.test(headers)) return readDerKey(der, field, options);
  return inside(field, await decryptLegacyPem(headers, der, field, options.passphrase));
}

async function readDerKey(bytes: Uint8Array, field: string, options: KeyFileOptions): Promise<KeyDocument> {
  const nodes = readSequence(bytes);
  const [first, second, third] = nodes;
  if (first?.tag === derTags.sequence) {
    if (second?.tag === derTags.bitString) return readPkix(nodes, field);
    // RFC 5958, section 3: EncryptedPrivateKeyInfo
    if (second?.tag === derTags.octetString)
      return inside(field, await decryptPkcs8(nodes, field, options.passphrase));
    // RFC 5280, section 4.1: Certificate
    if (second?.tag === derTags.sequence && third?.tag === derTags.bitString) throw certificate(field);
  }
  if (second?.tag === derTags.sequence) return readPkcs8(nodes, field);
  if (second?.tag === derTags.octetString) return readSec1(nodes, undefined, field);
  if (second?.tag === derTags.integer) return readPkcs1(nodes);
  throw new RangeError("an unknown structure");
}

/** A wrong passphrase gives well padded bytes once in some hundred times; then what is inside is no key. */
async function inside(field: string, decrypted: Uint8Array): Promise<KeyDocument> {
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
function readPkix([algorithm, key]: DerNode[], field: string): KeyDocument {
  const { oid, curve } = readAlgorithm(algorithm, field);
  if (oid === rsaEncryption) return readPkcs1(readSequence(readBitString(key)));
  return { kty: "EC", crv: curve, ...readPoint(readBitString(key), field) };
}

// RFC 5958, section 2: PrivateKeyInfo
function readPkcs8([, algorithm, key]: DerNode[], field: string): KeyDocument | Promise<KeyDocument> {
  const { oid, curve } = readAlgorithm(algorithm, field);
  const inner = readSequence(contentOf(key, derTags.octetString));
  return oid === rsaEncryption ? readPkcs1(inner) : readSec1(inner, curve, field);
}

function readAlgorithm(node: DerNode | undefined, field: string): { oid: string; curve: string | undefined } {
  const [oidNode, parameters] = readDer(contentOf(node, derTags.sequence));
  const oid = readObjectIdentifier(oidNode);
  if (oid === rsaEncryption) return { oid, curve: undefined };
  if (oid !== ecPublicKey) throw unsupported(field, `algorithm ${oid}`);
  if (parameters?.tag !== derTags.objectIdentifier) throw unsupported(field, "an unnamed curve");
  return { oid, curve: readCurve(parameters) };
}

function readCurve(node: DerNode): string {
  const oid = readObjectIdentifier(node);
  return curves[oid] ?? oid;
}

// RFC 8017, appendix A.1: RSAPublicKey and RSAPrivateKey
function readPkcs1(nodes: DerNode[]): KeyDocument {
  const integers = nodes.map((node) => toBase64Url(readUnsigned(node)));
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
  nodes: DerNode[],
  outerCurve: string | undefined,
  field: string,
): Promise<KeyDocument> {
  const [, key, ...optional] = nodes;
  const tagged = (tag: number) => optional.find((node) => node.tag === tag);
  const parameters = tagged(0xa0);
  const crv =
    outerCurve ??
    (parameters === undefined ? undefined : readCurve(readDer(parameters.content)[0] as DerNode));
  if (crv === undefined) throw unsupported(field, "an unnamed curve");
  const secret = contentOf(key, derTags.octetString);
  const point = tagged(0xa1);
  if (point !== undefined) {
    const { x, y } = readPoint(readBitString(readDer(point.content)[0]), field);
    return { kty: "EC", crv, x, y, d: toBase64Url(secret) };
  }
  return derivePublic(crv, secret, field);
}

/** A SEC1 key may leave its public point out; the platform computes it. */
async function derivePublic(crv: string, secret: Uint8Array, field: string): Promise<KeyDocument> {
  const oid = Object.keys(curves).find((known) => curves[known] === crv);
  if (oid === undefined || crv === "secp256k1") throw unsupported(field, `curve ${crv}`);
  const { integer, octetString, sequence } = derTags;
  const algorithm = writeDer(sequence, writeOid(ecPublicKey), writeOid(oid));
  const inner = writeDer(sequence, writeDer(integer, Uint8Array.of(1)), writeDer(octetString, secret));
  const pkcs8 = writeDer(
    sequence,
    writeDer(integer, Uint8Array.of(0)),
    algorithm,
    writeDer(octetString, inner),
  );
  const imported = await crypto.subtle.importKey(
    "pkcs8",
    pkcs8 as Uint8Array<ArrayBuffer>,
    { name: "ECDH", namedCurve: crv },
    true,
    ["deriveBits"],
  );
  return { ...(await crypto.subtle.exportKey("jwk", imported)) };
}

function writeOid(oid: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return writeDer(derTags.objectIdentifier, Uint8Array.from(bytes));
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
    hint: "openssl x509 -in CERTIFICATE -pubkey -noout -out KEY",
  });
}
