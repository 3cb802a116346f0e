import { concatBytes } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { createHash } from "#hash";
import { ociErrors } from "../errors.ts";
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { ByteReader, encodeVarint } from "./byte-reader.ts";

/** What the bytes of a block are (multicodec table): file content as it is, or a dag-pb node. */
export type Codec = "raw" | "dag-pb";
/** How a block is named (multihash table). */
export type BlockHash = "sha2-256" | "sha2-512" | "identity";

const codecs: Readonly<Record<number, Codec>> = { 0x55: "raw", 0x70: "dag-pb" };
const hashes: Readonly<Record<number, BlockHash>> = { 0x12: "sha2-256", 0x13: "sha2-512", 0x00: "identity" };
const codecNumbers = { raw: 0x55, "dag-pb": 0x70 } as const;
const hashNumbers = { "sha2-256": 0x12, "sha2-512": 0x13, identity: 0x00 } as const;
const digestLengths = { "sha2-256": 32, "sha2-512": 64 } as const;
/** Maximum number of bytes of a block that is carried in its own name; other implementations stop there, too. */
export const identityLimit = 128;
/** Maximum number of characters of a CID as text; the longest one that is supported has 213. */
const textLimit = 256;

/** A content identifier: which hash a block has, and what it is (multiformats CID specification). */
export class Cid {
  readonly codec: Codec;
  readonly hash: BlockHash;
  readonly digest: Uint8Array;
  /** Binary form, of version 0 where it was read so. */
  readonly bytes: Uint8Array;
  #text: string | undefined;

  constructor(codec: Codec, hash: BlockHash, digest: Uint8Array, bytes?: Uint8Array) {
    this.codec = codec;
    this.hash = hash;
    this.digest = digest;
    this.bytes =
      bytes ??
      concatBytes([1, codecNumbers[codec]], [hashNumbers[hash]], encodeVarint(digest.length), digest);
  }

  /** Version 1 in base32: the one text of a block's name, equal for equal blocks of one codec. */
  toString(): string {
    const version1 = this.bytes[0] === 1 ? this.bytes : new Cid(this.codec, this.hash, this.digest).bytes;
    return (this.#text ??= `b${encodeBase32(version1)}`);
  }
}

/**
 * Reads a binary CID from the front of the bytes; gives it with its length. Version 0 is a bare sha2-256 multihash.
 * @throws CID_INVALID, CID_UNSUPPORTED
 */
export function readCid(bytes: Uint8Array, field = "CID"): { cid: Cid; length: number } {
  const reader = new ByteReader(bytes, (expected, actual) => invalid(field, expected, actual));
  if (bytes[0] === 0x12 && bytes[1] === 0x20) {
    reader.take(2);
    const digest = new Uint8Array(reader.take(32));
    return { cid: new Cid("dag-pb", "sha2-256", digest, new Uint8Array(bytes.subarray(0, 34))), length: 34 };
  }
  const version = reader.varint();
  if (version !== 1) throw invalid(field, "version 0 or 1", `version ${version}`);
  const codecNumber = reader.varint();
  const hashNumber = reader.varint();
  const length = reader.varint();
  const codec = codecs[codecNumber];
  const hash = hashes[hashNumber];
  if (codec === undefined) throw unsupported(field, "codec raw (0x55) or dag-pb (0x70)", codecNumber);
  if (hash === undefined) throw unsupported(field, "sha2-256, sha2-512 or identity", hashNumber);
  if (hash === "identity" ? length > identityLimit : length !== digestLengths[hash]) {
    const expected = hash === "identity" ? `at most ${identityLimit}` : String(digestLengths[hash]);
    throw invalid(field, `${expected} bytes of ${hash}`, `${length}`);
  }
  const digest = new Uint8Array(reader.take(length));
  return {
    cid: new Cid(codec, hash, digest, new Uint8Array(bytes.subarray(0, reader.position))),
    length: reader.position,
  };
}

/** Reads bytes that are a CID and nothing else. @throws CID_INVALID, CID_UNSUPPORTED */
export function decodeCid(bytes: Uint8Array, field = "CID"): Cid {
  const { cid, length } = readCid(bytes, field);
  if (length === bytes.length) return cid;
  throw invalid(field, `${length} bytes`, `${bytes.length} bytes`);
}

/**
 * Reads the text of a CID: version 1 in base32, lower case. One image has one name, so the other spellings are refused.
 * @throws CID_INVALID, CID_UNSUPPORTED
 */
export function parseCid(text: string, field = text.slice(0, textLimit)): Cid {
  const convertible = /^(Qm|z|k|f|F|B|u|m)[A-Za-z0-9_-]+$/.test(text) && text.length <= textLimit;
  const bytes = text.length <= textLimit && text.startsWith("b") ? decodeBase32(text.slice(1)) : undefined;
  if (bytes === undefined || bytes[0] !== 1) {
    throw new ApocError(ociErrors.CID_INVALID, {
      field,
      expected: "a CID of version 1 in lower-case base32 (bafy…, bafk…)",
      actual: text.slice(0, 80) || "nothing",
      ...(convertible ? { next: { action: "convert-cid", subject: text } } : {}),
    });
  }
  return decodeCid(bytes, field);
}

/** Names a block by sha2-256, version 1. */
export function cidOf(codec: Codec, block: Uint8Array): Cid {
  return new Cid(codec, "sha2-256", hashBytes("sha256", block));
}

/** Checks that a block has the hash that its CID states. @throws BLOCK_MISMATCH */
export function assertBlock(cid: Cid, block: Uint8Array): void {
  const actual =
    cid.hash === "identity" ? block : hashBytes(cid.hash === "sha2-256" ? "sha256" : "sha512", block);
  if (actual.length === cid.digest.length && actual.every((byte, i) => byte === cid.digest[i])) return;
  throw new ApocError(ociErrors.BLOCK_MISMATCH, {
    field: cid.toString(),
    expected: `the ${cid.hash} of the identifier`,
    actual: cid.hash === "identity" ? "other bytes" : new Cid(cid.codec, cid.hash, actual).toString(),
  });
}

function hashBytes(algorithm: "sha256" | "sha512", bytes: Uint8Array): Uint8Array {
  const hash = createHash(algorithm);
  hash.update(bytes);
  return hash.digest();
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.CID_INVALID, { field, expected, actual });
}

function unsupported(field: string, expected: string, number: number): ApocError {
  return new ApocError(ociErrors.CID_UNSUPPORTED, { field, expected, actual: `0x${number.toString(16)}` });
}
