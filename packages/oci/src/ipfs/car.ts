import { concatBytes } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Content } from "../target.ts";
import {
  type BlockSource,
  type BlockStore,
  blockLimit,
  blockTooLarge,
  checkBlock,
  inlineBlock,
} from "./blocks.ts";
import { encodeVarint } from "./byte-reader.ts";
import {
  carHeaderLimit,
  carInvalid,
  carVersion2Pragma,
  decodeCarHeader,
  decodeCarVersion2Header,
  encodeCarHeader,
} from "./car-header.ts";
import { type Cid, readCid } from "./cid.ts";
import { decodeDagPb } from "./dag-pb.ts";

/** Most blocks of an archive: at 4 KiB each, 4 GiB; at the usual 1 MiB, 1 TiB. */
export const carBlockLimit = 1 << 20;
/** Maximum number of bytes of the CID of a section. */
const cidLimit = 160;

/** One block in a CAR; where its bytes lie. */
export interface CarSection {
  readonly cid: Cid;
  /** Of the block's first byte, from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a CAR, read at will. Gives fewer than asked for at the end only. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * Lists what a CAR holds (versions 1 and 2), reading lengths and identifiers only. Blocks are neither read nor checked:
 * anyone who reads one checks it.
 * @throws CAR_INVALID, CAR_TRUNCATED, CAR_TOO_LARGE, BLOCK_TOO_LARGE, CID_INVALID, CID_UNSUPPORTED
 */
export async function listCar(
  read: ReadAt,
  fileSize: number,
  field: string,
): Promise<{ roots: Cid[]; sections: CarSection[] }> {
  let at = 0;
  let end = fileSize;
  const pragma = await read(0, carVersion2Pragma.length);
  if (
    pragma.length === carVersion2Pragma.length &&
    pragma.every((byte, i) => byte === carVersion2Pragma[i])
  ) {
    const header = await read(pragma.length, 40);
    if (header.length < 40) throw truncated(`${field}: header`, 40, header.length);
    const { offset, size } = decodeCarVersion2Header(header, field);
    if (offset + size > fileSize) throw truncated(field, offset + size, fileSize);
    at = offset;
    end = offset + size;
  }
  const next = async (limit: number, what: string): Promise<Uint8Array> => {
    const length = Math.min(limit, end - at);
    const bytes = await read(at, length);
    if (bytes.length < length) throw truncated(what, length, bytes.length);
    return bytes;
  };
  const first = lengthPrefix(await next(9, field), `${field}: header`);
  at += first.bytes;
  if (first.value === 0 || first.value > carHeaderLimit)
    throw carInvalid(`${field}: header`, `1 to ${carHeaderLimit} bytes`, `${first.value}`);
  const header = await next(first.value, `${field}: header`);
  if (header.length < first.value) throw truncated(`${field}: header`, first.value, header.length);
  const roots = decodeCarHeader(header, field);
  at += first.value;
  const sections: CarSection[] = [];
  while (at < end) {
    const what = `${field}: block ${sections.length}`;
    if (sections.length >= carBlockLimit) {
      throw new ApocError(ociErrors.CAR_TOO_LARGE, { field, expected: `at most ${carBlockLimit} blocks` });
    }
    const start = await next(9 + cidLimit, what);
    const { value, bytes } = lengthPrefix(start, what);
    // Before the length is used for anything: one that no block can have.
    if (value > blockLimit + cidLimit) throw blockTooLarge(what, value);
    if (value > end - at - bytes) throw truncated(what, value, end - at - bytes);
    const { cid, length } = readCid(start.subarray(bytes, bytes + value), what);
    if (value - length > blockLimit) throw blockTooLarge(what, value - length);
    sections.push({ cid, offset: at + bytes + length, length: value - length });
    at += bytes + value;
  }
  return { roots, sections };
}

/** The one root of an archive of an image. @throws CAR_INVALID */
export function onlyRoot(roots: readonly Cid[], field: string): Cid {
  const [root] = roots;
  if (roots.length !== 1 || root === undefined) throw carInvalid(field, "one root", `${roots.length}`);
  return root;
}

/**
 * Reads a CAR in memory: every block is checked and stored. Returns the roots.
 * @throws as {@link listCar}, BLOCK_MISMATCH
 */
export async function readCar(car: Uint8Array, store: BlockStore, field = "CAR"): Promise<Cid[]> {
  const read: ReadAt = async (offset, length) => car.subarray(offset, offset + length);
  const { roots, sections } = await listCar(read, car.length, field);
  for (const { cid, offset, length } of sections) {
    const block = checkBlock(cid, car.subarray(offset, offset + length));
    await store.put(cid, block);
  }
  return roots;
}

/**
 * Writes a CAR of version 1: the root and all that is below it, each block once, parents before children, children in
 * the order of their links. So one root gives one archive, byte for byte.
 * @throws what the blocks' place throws, IPFS_DAG_TOO_LARGE, BLOCK_MALFORMED
 */
export async function* writeCar(
  blocks: BlockSource,
  root: Cid,
  options: { signal?: AbortSignal | undefined } = {},
): Content {
  yield encodeCarHeader(root);
  const seen = new Set<string>();
  const stack: Cid[] = [root];
  for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
    options.signal?.throwIfAborted();
    if (inlineBlock(cid) !== undefined && cid.codec === "raw") continue;
    const name = cid.toString();
    if (seen.has(name)) continue;
    seen.add(name);
    if (seen.size + stack.length > carBlockLimit) {
      throw new ApocError(ociErrors.IPFS_DAG_TOO_LARGE, {
        field: root.toString(),
        expected: `at most ${carBlockLimit} blocks`,
      });
    }
    const block = await blocks.get(cid, options);
    if (inlineBlock(cid) === undefined) {
      yield concatBytes(encodeVarint(cid.bytes.length + block.length), cid.bytes);
      yield block;
    }
    if (cid.codec !== "dag-pb") continue;
    const { links } = decodeDagPb(block, name);
    for (const link of links.toReversed()) stack.push(link.cid);
  }
}

/** The varint at the front: a number and how many bytes spell it. An end within it is that of the archive. */
function lengthPrefix(bytes: Uint8Array, field: string): { value: number; bytes: number } {
  let value = 0;
  for (let i = 0; i < Math.min(bytes.length, 9); i++) {
    const byte = bytes[i]!;
    value += (byte & 0x7f) * 128 ** i;
    if (value > Number.MAX_SAFE_INTEGER) throw carInvalid(field, "a length below 2^53", "a larger one");
    if (byte >= 0x80) continue;
    if (byte === 0 && i > 0) throw carInvalid(field, "a length in its shortest form", "a longer one");
    return { value, bytes: i + 1 };
  }
  if (bytes.length < 9) throw truncated(field, bytes.length + 1, bytes.length);
  throw carInvalid(field, "a length of at most 9 bytes", "a longer one");
}

function truncated(field: string, expected: number, actual: number): ApocError {
  return new ApocError(ociErrors.CAR_TRUNCATED, {
    field,
    expected: `${expected} bytes`,
    actual: `${actual} bytes`,
  });
}
