import { decodeBase64, toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "./errors.ts";
import { publicOptionsAnnotation } from "./spec.ts";
import { parseStrictObject, unknownKeys } from "./strict-object.ts";

/** The only cipher of ocicrypt. */
export const cipherName = "AES_256_CTR_HMAC_SHA256";

/** Public cipher options: what anybody may read of how a layer is encrypted. */
export interface PublicOptions {
  readonly cipher: typeof cipherName;
  /** 32 bytes, over the ciphertext. */
  readonly hmac: Uint8Array;
}

/** Private cipher options: what is wrapped for the recipients. */
export interface PrivateOptions {
  /** 32 bytes. */
  readonly symkey: Uint8Array;
  /** 16 bytes, the initial counter block. */
  readonly nonce: Uint8Array;
  /** Digest of the layer before encryption as the encrypting side states it. ocicrypt neither returns nor checks it. */
  readonly digest: string;
}

const encoder = new TextEncoder();

/** The `org.opencontainers.image.enc.pubopts` annotation. */
export function formatPublicOptions({ cipher, hmac }: PublicOptions): string {
  return toBase64(encoder.encode(JSON.stringify({ cipher, hmac: toBase64(hmac), cipheroptions: {} })));
}

/**
 * Reads the public options. ocicrypt lets `cipheroptions` here override the private ones, by which anyone who relays an
 * image can change the nonce and so the plaintext without breaking the HMAC; it must be empty.
 * @throws PUBLIC_OPTIONS_INVALID, CIPHER_UNKNOWN, CIPHER_OPTIONS_PUBLIC, JSON_INVALID
 */
export function parsePublicOptions(annotation: string | undefined): PublicOptions {
  const field = publicOptionsAnnotation;
  const bytes = annotation === undefined ? undefined : decodeBase64(annotation);
  if (bytes === undefined)
    throw invalid(field, "base64", annotation === undefined ? "nothing" : "other text");
  const object = parseStrictObject(bytes, field);
  const unknown = unknownKeys(object, ["cipher", "hmac", "cipheroptions"]);
  if (unknown.length > 0) throw invalid(field, "cipher, hmac, cipheroptions", unknown.join(", "));
  if (object["cipher"] !== cipherName) {
    throw new ApocError(ocicryptErrors.CIPHER_UNKNOWN, {
      field: `${field}.cipher`,
      expected: cipherName,
      actual: JSON.stringify(object["cipher"])?.slice(0, 80),
    });
  }
  const options = object["cipheroptions"] ?? {};
  if (typeof options !== "object" || Array.isArray(options) || Object.keys(options).length > 0) {
    throw new ApocError(ocicryptErrors.CIPHER_OPTIONS_PUBLIC, {
      field: `${field}.cipheroptions`,
      expected: "{}",
      actual: JSON.stringify(options).slice(0, 80),
    });
  }
  const hmac = exactBytes(object["hmac"], 32);
  if (hmac === undefined) throw invalid(`${field}.hmac`, "base64 of 32 bytes", "another value");
  return { cipher: cipherName, hmac };
}

/** The plaintext of a wrapped key. */
export function formatPrivateOptions({ symkey, nonce, digest }: PrivateOptions): Uint8Array {
  const object = { symkey: toBase64(symkey), digest, cipheroptions: { nonce: toBase64(nonce) } };
  return encoder.encode(JSON.stringify(object));
}

/**
 * Reads the private options with exact lengths; Go crashes on a short nonce. No value goes into the error.
 * @throws PRIVATE_OPTIONS_INVALID
 */
export function parsePrivateOptions(bytes: Uint8Array): PrivateOptions {
  const broken = (field: string, expected: string) =>
    new ApocError(ocicryptErrors.PRIVATE_OPTIONS_INVALID, { field, expected, actual: "another value" });
  let object: Record<string, unknown>;
  try {
    object = parseStrictObject(bytes, "private options");
  } catch {
    throw broken("private options", "a JSON object without duplicate keys");
  }
  if (unknownKeys(object, ["symkey", "digest", "cipheroptions"]).length > 0) {
    throw broken("private options", "symkey, digest, cipheroptions");
  }
  const symkey = exactBytes(object["symkey"], 32);
  if (symkey === undefined) throw broken("symkey", "base64 of 32 bytes");
  const options = object["cipheroptions"];
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw broken("cipheroptions", "an object");
  }
  if (unknownKeys(options as Record<string, unknown>, ["nonce"]).length > 0)
    throw broken("cipheroptions", "nonce");
  const nonce = exactBytes((options as Record<string, unknown>)["nonce"], 16);
  if (nonce === undefined) throw broken("cipheroptions.nonce", "base64 of 16 bytes");
  const digest = object["digest"] ?? "";
  if (typeof digest !== "string") throw broken("digest", "text");
  return { symkey, nonce, digest };
}

function exactBytes(value: unknown, length: number): Uint8Array | undefined {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  return bytes?.length === length ? bytes : undefined;
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ocicryptErrors.PUBLIC_OPTIONS_INVALID, { field, expected, actual });
}
