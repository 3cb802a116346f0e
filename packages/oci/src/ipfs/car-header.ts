import { concatBytes } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { ByteReader, encodeVarint } from "./byte-reader.ts";
import { type Cid, decodeCid } from "./cid.ts";

/** Maximum number of bytes of a CAR header, and of the identifier of a block. */
export const carHeaderLimit = 4096;
/** Most roots of a CAR. */
const rootLimit = 16;

/** DAG-CBOR of the header's parts: {"roots": […], "version": 1} in the one order that DAG-CBOR has. */
const rootsKey = [0x65, ...new TextEncoder().encode("roots")];
const versionKey = [0x67, ...new TextEncoder().encode("version")];
const tag42 = [0xd8, 0x2a];

/** What every CARv2 begins with: a version 1 header that says "version": 2 and names no roots. */
export const carVersion2Pragma = concatBytes([0x0a, 0xa1], versionKey, [0x02]);

/** Encodes a header of version 1 with its length before it (CARv1 specification, "Header"). */
export function encodeCarHeader(root: Cid): Uint8Array {
  // A leading zero byte marks a CID as such (DAG-CBOR, "Links").
  const link = [0x00, ...root.bytes];
  const header = concatBytes([0xa2], rootsKey, [0x81], tag42, [0x58, link.length], link, versionKey, [0x01]);
  return concatBytes(encodeVarint(header.length), header);
}

/**
 * Decodes a header, without the length before it: canonical DAG-CBOR of the two members and nothing else.
 * @throws CAR_INVALID, CID_INVALID, CID_UNSUPPORTED
 */
export function decodeCarHeader(bytes: Uint8Array, field: string): Cid[] {
  const refuse = (expected: string, actual: string) => carInvalid(`${field}: header`, expected, actual);
  const reader = new ByteReader(bytes, refuse);
  const expect = (wanted: readonly number[], what: string) => {
    const found = reader.take(wanted.length);
    if (wanted.some((byte, i) => byte !== found[i])) throw refuse(what, "something else");
  };
  expect([0xa2], "a map of roots and version");
  expect(rootsKey, "roots");
  const count = cborLength(reader, 4, refuse);
  if (count > rootLimit) throw refuse(`at most ${rootLimit} roots`, `${count}`);
  const roots: Cid[] = [];
  for (let i = 0; i < count; i++) {
    expect(tag42, "a link");
    const link = reader.take(cborLength(reader, 2, refuse));
    if (link[0] !== 0) throw refuse("a link", "other bytes");
    roots.push(decodeCid(link.subarray(1), `${field}: root`));
  }
  expect(versionKey, "version");
  expect([0x01], "version 1");
  if (reader.remaining > 0) throw refuse("nothing more", `${reader.remaining} bytes`);
  return roots;
}

/** The length of a CBOR string or list, in its shortest form. */
function cborLength(
  reader: ByteReader,
  major: number,
  refuse: (expected: string, actual: string) => ApocError,
): number {
  const initial = reader.byte();
  const info = initial & 0x1f;
  if (initial >> 5 !== major) throw refuse(`CBOR of major type ${major}`, `${initial >> 5}`);
  if (info < 24) return info;
  if (info > 25) throw refuse("a short length", "a long one");
  const value = info === 24 ? reader.byte() : reader.byte() * 256 + reader.byte();
  if (value < (info === 24 ? 24 : 256)) throw refuse("a length in its shortest form", "a longer one");
  return value;
}

/** The part of a CARv2 that is a CARv1 (CARv2 specification, "Header"). */
export function decodeCarVersion2Header(bytes: Uint8Array, field: string): { offset: number; size: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [offset, size] = [16, 24].map((at) => view.getBigUint64(at, true)) as [bigint, bigint];
  const least = BigInt(carVersion2Pragma.length + bytes.length);
  if (offset < least || offset + size > BigInt(Number.MAX_SAFE_INTEGER))
    throw carInvalid(`${field}: header`, "a place for the data", `${offset}`);
  return { offset: Number(offset), size: Number(size) };
}

export function carInvalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.CAR_INVALID, { field, expected, actual });
}
