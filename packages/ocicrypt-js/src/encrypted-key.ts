import { concatBytes, type DerElement, readElements, readOid, readSmallInteger, tags } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { md5 } from "@noble/hashes/legacy.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { typed } from "./der-element.ts";
import { ocicryptErrors } from "./errors.ts";

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";
const scrypt = "1.3.6.1.4.1.11591.4.11";

/** Pseudo-random functions of RFC 8018, appendix B.1, that WebCrypto has. */
const hmacs: Record<string, string> = {
  "1.2.840.113549.2.7": "SHA-1",
  "1.2.840.113549.2.9": "SHA-256",
  "1.2.840.113549.2.10": "SHA-384",
  "1.2.840.113549.2.11": "SHA-512",
};

/** Bytes of the key of each cipher. */
const ciphers: Record<string, number> = {
  "2.16.840.1.101.3.4.1.2": 16,
  "2.16.840.1.101.3.4.1.22": 24,
  "2.16.840.1.101.3.4.1.42": 32,
};

/** A file must not be able to keep the reader busy: about ten seconds of hashing, 256 MiB of memory. */
const mostIterations = 10_000_000;
const mostScryptBytes = 256 * 1024 * 1024;
const mostScryptParallelism = 16;

type Passphrase = string | Uint8Array | undefined;

/**
 * Opens an EncryptedPrivateKeyInfo (RFC 5958, section 3) of PBES2 (RFC 8018, section 6.2) with PBKDF2 or scrypt
 * (RFC 7914, section 7) and AES-CBC.
 * @returns the PrivateKeyInfo, or other bytes if the passphrase is wrong in one of some hundred cases
 * @throws KEY_PASSPHRASE, KEY_PASSPHRASE_WRONG, KEY_PROTECTION_UNSUPPORTED; RangeError for a wrong structure
 */
export async function decryptPkcs8(
  [algorithm, encrypted]: readonly DerElement[],
  field: string,
  passphrase: Passphrase,
): Promise<Uint8Array<ArrayBuffer>> {
  const ciphertext = typed(encrypted, tags.octetString).content;
  const { oid, parameters } = algorithmOf(algorithm);
  if (oid !== pbes2) throw unsupported(field, `protection ${oid}`);
  const [derivation, encryption] = readElements(typed(parameters, tags.sequence).content);
  const cipher = algorithmOf(encryption);
  const length = ciphers[cipher.oid];
  if (length === undefined) throw unsupported(field, `cipher ${cipher.oid}`);
  const iv = typed(cipher.parameters, tags.octetString).content;
  if (iv.length !== 16) throw new RangeError("IV");
  const secret = secretOf(passphrase, field);
  const key = await deriveKey(algorithmOf(derivation), secret, length, field);
  return decryptCbc(key, iv, ciphertext, field);
}

/**
 * Opens a PEM body with `Proc-Type: 4,ENCRYPTED` (RFC 1421, section 4.6.1.1), as OpenSSL derives its key: MD5, one
 * round, the first 8 bytes of the IV as salt. Weak against guessing; read so that old files can be used.
 * @throws KEY_PASSPHRASE, KEY_PASSPHRASE_WRONG, KEY_PROTECTION_UNSUPPORTED; RangeError for a wrong structure
 */
export async function decryptLegacyPem(
  headers: string,
  ciphertext: Uint8Array,
  field: string,
  passphrase: Passphrase,
): Promise<Uint8Array<ArrayBuffer>> {
  const [, name = "", ivText = ""] = /^DEK-Info:\s*([A-Za-z0-9-]+),([0-9A-Fa-f]+)\s*$/m.exec(headers) ?? [];
  if (name === "") throw new RangeError("DEK-Info");
  const bits = /^AES-(128|192|256)-CBC$/.exec(name)?.[1];
  if (bits === undefined) throw unsupported(field, `cipher ${name.slice(0, 40)}`);
  const iv = Uint8Array.from(ivText.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
  if (iv.length !== 16) throw new RangeError("IV");
  const secret = secretOf(passphrase, field);
  const salt = iv.subarray(0, 8);
  const digests: Uint8Array[] = [];
  for (let have = 0; have < Number(bits) / 8; have += 16)
    digests.push(md5(concatBytes(digests.at(-1) ?? new Uint8Array(0), secret, salt)));
  return decryptCbc(concatBytes(...digests).subarray(0, Number(bits) / 8), iv, ciphertext, field);
}

async function deriveKey(
  { oid, parameters }: Algorithm,
  secret: Uint8Array,
  length: number,
  field: string,
): Promise<Uint8Array> {
  const [saltNode, ...rest] = readElements(typed(parameters, tags.sequence).content);
  const salt = typed(saltNode, tags.octetString).content;
  if (oid === scrypt) {
    const [N = 0, r = 0, p = 0] = rest.slice(0, 3).map(readCount);
    if (rest[3] !== undefined && readCount(rest[3]) !== length) throw new RangeError("key length");
    if (N < 2 || (N & (N - 1)) !== 0 || r === 0 || p === 0) throw new RangeError("scrypt parameters");
    if (128 * N * r > mostScryptBytes || p > mostScryptParallelism)
      throw unsupported(field, `scrypt N ${N}, r ${r}, p ${p}`);
    return scryptAsync(secret, salt, { N, r, p, dkLen: length });
  }
  if (oid !== pbkdf2) throw unsupported(field, `key derivation ${oid}`);
  const iterations = readCount(rest.shift());
  if (rest[0]?.tag === tags.integer && readCount(rest.shift()) !== length) throw new RangeError("key length");
  const prf = rest[0] === undefined ? "1.2.840.113549.2.7" : algorithmOf(rest[0]).oid;
  const hash = hmacs[prf];
  if (hash === undefined) throw unsupported(field, `pseudo-random function ${prf}`);
  if (iterations < 1) throw new RangeError("iterations");
  if (iterations > mostIterations) throw unsupported(field, `${iterations} iterations`);
  const key = await crypto.subtle.importKey("raw", secret as Uint8Array<ArrayBuffer>, "PBKDF2", false, [
    "deriveBits",
  ]);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt, iterations }, key, length * 8),
  );
}

async function decryptCbc(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  field: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const own = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;
  const imported = await crypto.subtle.importKey("raw", own(key), "AES-CBC", false, ["decrypt"]);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: "AES-CBC", iv: own(iv) }, imported, own(ciphertext)),
    );
  } catch {
    // The padding does not come out: as far as can be told, the passphrase.
    throw new ApocError(ocicryptErrors.KEY_PASSPHRASE_WRONG, { field });
  }
}

interface Algorithm {
  readonly oid: string;
  readonly parameters: DerElement | undefined;
}

function algorithmOf(node: DerElement | undefined): Algorithm {
  const [oid, parameters] = readElements(typed(node, tags.sequence).content);
  return { oid: readOid(typed(oid, tags.oid)), parameters };
}

function readCount(node: DerElement | undefined): number {
  return readSmallInteger(typed(node, tags.integer));
}

function secretOf(passphrase: Passphrase, field: string): Uint8Array {
  if (passphrase === undefined) {
    throw new ApocError(ocicryptErrors.KEY_PASSPHRASE, { field, next: { action: "remove-passphrase" } });
  }
  return typeof passphrase === "string" ? new TextEncoder().encode(passphrase) : passphrase;
}

function unsupported(field: string, actual: string): ApocError {
  return new ApocError(ocicryptErrors.KEY_PROTECTION_UNSUPPORTED, {
    field,
    expected: "PBES2 with PBKDF2 or scrypt, and AES-CBC",
    actual,
    next: { action: "convert-key" },
  });
}
