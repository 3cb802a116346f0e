import { decodeBase64Url } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import type { FlattenedJWE, JWK } from "jose";
import { flattenedDecrypt } from "jose/jwe/flattened/decrypt";
import { FlattenedEncrypt } from "jose/jwe/flattened/encrypt";
import { ocicryptErrors } from "./errors.ts";
import { type PrivateJwk, type PublicJwk, wrappingAlgorithm } from "./keys.ts";
import { parseStrictObject } from "./strict-object.ts";

const field = "org.opencontainers.image.enc.keys.jwe";
const contentEncryption = "A256GCM";
const algorithms = {
  EC: ["ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"],
  RSA: ["RSA-OAEP", "RSA-OAEP-256"],
};
const maxRecipients = 64;

/**
 * Wraps for one recipient as flattened JWE JSON (RFC 7516, section 7.2.2). One JWE for each recipient rather than one
 * for all: ocicrypt-rs tries only the first recipient of the general form. No `kid`, which would tell who may decrypt.
 */
export async function wrapForRecipient(plaintext: Uint8Array, recipient: PublicJwk): Promise<Uint8Array> {
  const jwe = await new FlattenedEncrypt(plaintext)
    .setProtectedHeader({ alg: wrappingAlgorithm(recipient), enc: contentEncryption })
    .encrypt({ ...recipient } as JWK);
  return new TextEncoder().encode(JSON.stringify(jwe));
}

/**
 * Tries to unwrap one JWE, flattened or general, with one key.
 * @returns the plaintext, or `undefined` when the JWE is not for this key
 * @throws WRAPPED_KEY_INVALID when it is no JWE of ocicrypt's kind
 */
export async function unwrapWithKey(packet: Uint8Array, key: PrivateJwk): Promise<Uint8Array | undefined> {
  for (const jwe of readJwe(packet)) {
    if (!isFor(jwe, key)) continue;
    try {
      const { plaintext } = await flattenedDecrypt(jwe, { ...key } as JWK, {
        keyManagementAlgorithms: algorithms[key.kty],
        contentEncryptionAlgorithms: [contentEncryption],
      });
      return plaintext;
    } catch {
      // Not for this key, or tampered with: a failed unwrapping does not tell which, by design.
    }
  }
  return undefined;
}

/** What a JWE shows of one of its recipients to anybody. */
export interface JweRecipient {
  /** `alg` of RFC 7518, section 4.1. */
  readonly algorithm: string;
  /** Curve of the ephemeral key, which is the recipient's. */
  readonly curve?: string;
  /** `kid`; only JWKs with one leave it. */
  readonly keyId?: string;
}

/**
 * The recipients of one JWE, in its order.
 * @throws WRAPPED_KEY_INVALID
 */
export function describeJwe(packet: Uint8Array): JweRecipient[] {
  return readJwe(packet).map((jwe) => {
    const { alg, kid, epk } = readHeader(jwe);
    const curve = isHeader(epk) ? epk["crv"] : undefined;
    return {
      algorithm: shown(alg) ?? "",
      ...(typeof curve === "string" ? { curve: shown(curve) as string } : {}),
      ...(typeof kid === "string" ? { keyId: shown(kid) as string } : {}),
    };
  });
}

/**
 * The same JWE for some of its recipients only; all that binds a recipient to the others is the shared content key.
 * @returns `undefined` when none is kept
 */
export function keepJweRecipients(
  packet: Uint8Array,
  keep: (position: number) => boolean,
): Uint8Array | undefined {
  const all = readJwe(packet);
  const kept = all.map((_, position) => position).filter(keep);
  if (kept.length === 0) return undefined;
  if (kept.length === all.length) return packet;
  // Go's stray top-level encrypted_key goes, too: it may be that of a removed recipient.
  const { recipients, encrypted_key: _, ...rest } = parseStrictObject(packet, field);
  const list = recipients as unknown[];
  const document = { ...rest, recipients: kept.map((position) => list[position]) };
  return new TextEncoder().encode(JSON.stringify(document));
}

/** Header text of a stranger, short enough to print. */
function shown(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, 200) : undefined;
}

/** Each recipient of a JWE as a flattened one. Members that ocicrypt never writes are refused. */
function readJwe(packet: Uint8Array): FlattenedJWE[] {
  let object: Record<string, unknown>;
  try {
    object = parseStrictObject(packet, field);
  } catch (cause) {
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, { field, expected: "JWE JSON", cause });
  }
  const { recipients, ...rest } = object;
  for (const name of ["protected", "iv", "ciphertext", "tag"]) {
    if (typeof rest[name] !== "string") throw invalid(`${field}.${name}`, "base64url");
  }
  const shared = {
    protected: rest["protected"] as string,
    iv: rest["iv"] as string,
    ciphertext: rest["ciphertext"] as string,
    tag: rest["tag"] as string,
    ...(typeof rest["aad"] === "string" ? { aad: rest["aad"] } : {}),
    ...(isHeader(rest["unprotected"]) ? { unprotected: rest["unprotected"] } : {}),
  };
  if (recipients === undefined) return [withRecipient(shared, rest)];
  // Go writes a stray top-level encrypted_key beside recipients, against RFC 7516 section 7.2.1; it is not read.
  if (!Array.isArray(recipients) || recipients.length === 0 || recipients.length > maxRecipients) {
    throw invalid(`${field}.recipients`, `1 to ${maxRecipients} recipients`);
  }
  return recipients.map((recipient: unknown) => {
    if (!isHeader(recipient)) throw invalid(`${field}.recipients`, "objects");
    return withRecipient(shared, recipient);
  });
}

function withRecipient(shared: FlattenedJWE, recipient: Record<string, unknown>): FlattenedJWE {
  if (typeof recipient["encrypted_key"] !== "string") throw invalid(`${field}.encrypted_key`, "base64url");
  return {
    ...shared,
    encrypted_key: recipient["encrypted_key"],
    ...(isHeader(recipient["header"]) ? { header: recipient["header"] } : {}),
  };
}

/** Whether the headers name an algorithm and curve of this key. */
function isFor(jwe: FlattenedJWE, key: PrivateJwk): boolean {
  const header = readHeader(jwe);
  if (!algorithms[key.kty].includes(String(header["alg"]))) return false;
  return key.kty === "RSA" || (isHeader(header["epk"]) && header["epk"]["crv"] === key.crv);
}

/** All header parameters (RFC 7516, section 7.2.1); no compression, no critical extensions. */
function readHeader(jwe: FlattenedJWE): Record<string, unknown> {
  const bytes = decodeBase64Url(jwe.protected ?? "");
  if (bytes === undefined) throw invalid(`${field}.protected`, "base64url");
  let protectedHeader: Record<string, unknown>;
  try {
    protectedHeader = parseStrictObject(bytes, `${field}.protected`);
  } catch (cause) {
    throw new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, { field: `${field}.protected`, cause });
  }
  const header = { ...jwe.unprotected, ...(jwe.header as Record<string, unknown>), ...protectedHeader };
  if (header["zip"] !== undefined || header["crit"] !== undefined) throw invalid(field, "no zip and no crit");
  if (header["enc"] !== contentEncryption) throw invalid(`${field}.enc`, contentEncryption);
  return header;
}

function isHeader(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(at: string, expected: string): ApocError {
  return new ApocError(ocicryptErrors.WRAPPED_KEY_INVALID, { field: at, expected, actual: "another value" });
}
