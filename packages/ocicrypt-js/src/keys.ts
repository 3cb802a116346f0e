import { decodeBase64Url } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { exportPKCS8, exportSPKI } from "jose/key/export";
import { importJWK } from "jose/key/import";
import { ocicryptErrors } from "./errors.ts";
import { type KeyDocument, type KeyFileOptions, readKeyFile } from "./key-file.ts";

/** Curves that ocicrypt's JWE scheme knows. */
export type Curve = "P-256" | "P-384" | "P-521";

/** The public half of a recipient's key pair (RFC 7518, section 6). */
export type PublicJwk =
  | { readonly kty: "EC"; readonly crv: Curve; readonly x: string; readonly y: string }
  | { readonly kty: "RSA"; readonly n: string; readonly e: string };

/** A whole key pair. */
export type PrivateJwk =
  | { readonly kty: "EC"; readonly crv: Curve; readonly x: string; readonly y: string; readonly d: string }
  | {
      readonly kty: "RSA";
      readonly n: string;
      readonly e: string;
      readonly d: string;
      readonly p: string;
      readonly q: string;
      readonly dp: string;
      readonly dq: string;
      readonly qi: string;
    };

const coordinateLength = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

/**
 * Reads a recipient's public key: PKIX or PKCS#1 as PEM or DER, or a JWK as object or JSON. A private key is refused
 * rather than quietly reduced.
 * @throws KEY_INVALID, KEY_UNSUPPORTED, KEY_HALF
 */
export async function importPublicKey(
  input: Uint8Array | string | object,
  field = "public key",
): Promise<PublicJwk> {
  const document = await readKeyFile(input, field);
  if (document["d"] !== undefined) {
    throw new ApocError(ocicryptErrors.KEY_HALF, {
      field,
      expected: "a public key",
      actual: "a private key",
    });
  }
  const jwk = publicHalf(document, field);
  await checkKey(jwk, field);
  return jwk;
}

/**
 * Reads a private key: PKCS#8, PKCS#1 or SEC1 as PEM or DER, or a JWK as object or JSON. With a passphrase also
 * PKCS#8 protected by PBES2 (PBKDF2 or scrypt, AES-CBC), which `openssl pkcs8 -topk8` writes, and the older protection
 * of PEM files with AES.
 * @throws KEY_INVALID, KEY_UNSUPPORTED, KEY_HALF, KEY_PASSPHRASE, KEY_PASSPHRASE_WRONG, KEY_PROTECTION_UNSUPPORTED
 */
export async function importPrivateKey(
  input: Uint8Array | string | object,
  field = "private key",
  options: KeyFileOptions = {},
): Promise<PrivateJwk> {
  const document = await readKeyFile(input, field, options);
  if (document["d"] === undefined) {
    throw new ApocError(ocicryptErrors.KEY_HALF, {
      field,
      expected: "a private key",
      actual: "a public key",
    });
  }
  const half = publicHalf(document, field);
  const jwk: PrivateJwk =
    half.kty === "EC"
      ? { ...half, d: member(document, "d", field, coordinateLength[half.crv]) }
      : {
          ...half,
          d: member(document, "d", field),
          p: member(document, "p", field),
          q: member(document, "q", field),
          dp: member(document, "dp", field),
          dq: member(document, "dq", field),
          qi: member(document, "qi", field),
        };
  await checkKey(jwk, field);
  return jwk;
}

/** The public half of a key pair, with nothing else. */
export function toPublicJwk(jwk: PrivateJwk): PublicJwk {
  return jwk.kty === "EC"
    ? { kty: "EC", crv: jwk.crv, x: jwk.x, y: jwk.y }
    : { kty: "RSA", n: jwk.n, e: jwk.e };
}

/** Makes the key pair of one image: EC P-256, which every version of every ocicrypt understands. */
export async function generateImageKey(): Promise<{ publicJwk: PublicJwk; privateJwk: PrivateJwk }> {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const { x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const publicJwk = { kty: "EC", crv: "P-256", x: String(x), y: String(y) } as const;
  return { publicJwk, privateJwk: { ...publicJwk, d: String(d) } };
}

/** PKCS#8 PEM, the private key form that all versions of skopeo, podman and containerd's decoder read. */
export async function exportPkcs8(jwk: PrivateJwk): Promise<string> {
  return `${(await exportPKCS8(await importKey(jwk, "private key"))).trimEnd()}\n`;
}

/** PKIX PEM, the public key form for `--encryption-key jwe:FILE`. */
export async function exportSpki(jwk: PublicJwk): Promise<string> {
  return `${(await exportSPKI(await importKey(jwk, "public key"))).trimEnd()}\n`;
}

/** The key wrapping algorithm for a key: the two that the Go and the Rust ocicrypt have in common. */
export function wrappingAlgorithm(jwk: PublicJwk | PrivateJwk): "ECDH-ES+A256KW" | "RSA-OAEP" {
  return jwk.kty === "EC" ? "ECDH-ES+A256KW" : "RSA-OAEP";
}

function publicHalf(document: KeyDocument, field: string): PublicJwk {
  if (document["use"] === "sig") {
    throw new ApocError(ocicryptErrors.KEY_UNSUPPORTED, {
      field,
      expected: "a key for encryption",
      actual: "use sig",
    });
  }
  if (document["kty"] === "RSA") {
    return { kty: "RSA", n: member(document, "n", field), e: member(document, "e", field) };
  }
  const crv = document["crv"];
  if (document["kty"] === "EC" && (crv === "P-256" || crv === "P-384" || crv === "P-521")) {
    const length = coordinateLength[crv];
    return {
      kty: "EC",
      crv,
      x: member(document, "x", field, length),
      y: member(document, "y", field, length),
    };
  }
  throw new ApocError(ocicryptErrors.KEY_UNSUPPORTED, {
    field,
    expected: "RSA, or EC on P-256, P-384 or P-521",
    actual: [document["kty"], crv]
      .filter((part) => typeof part === "string")
      .join(" ")
      .slice(0, 80),
  });
}

function member(document: KeyDocument, name: string, field: string, length?: number): string {
  const value = document[name];
  const bytes = typeof value === "string" ? decodeBase64Url(value) : undefined;
  if (bytes !== undefined && bytes.length > 0 && (length === undefined || bytes.length === length)) {
    return value as string;
  }
  throw new ApocError(ocicryptErrors.KEY_INVALID, {
    field: `${field}.${name}`,
    expected: length === undefined ? "base64url" : `base64url of ${length} bytes`,
    actual: "another value",
  });
}

/** The platform checks that a point is on its curve and that the halves of a pair fit. */
async function checkKey(jwk: PublicJwk | PrivateJwk, field: string): Promise<void> {
  if (jwk.kty === "RSA") {
    const bits = (decodeBase64Url(jwk.n)?.length ?? 0) * 8;
    if (bits < 2048 || bits > 16384) {
      throw new ApocError(ocicryptErrors.KEY_UNSUPPORTED, {
        field,
        expected: "RSA of 2048 to 16384 bits",
        actual: `${bits} bits`,
      });
    }
  }
  await importKey(jwk, field);
}

async function importKey(jwk: PublicJwk | PrivateJwk, field: string): Promise<CryptoKey> {
  try {
    return (await importJWK({ ...jwk }, wrappingAlgorithm(jwk), { extractable: true })) as CryptoKey;
  } catch (cause) {
    throw new ApocError(ocicryptErrors.KEY_INVALID, { field, cause });
  }
}
