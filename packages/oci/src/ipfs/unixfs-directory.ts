import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { BlockSource } from "./blocks.ts";
import type { Cid } from "./cid.ts";
import { type DagLink, type DagNode, decodeDagPb, encodeDagPb } from "./dag-pb.ts";
import { decodeUnixFs, encodeUnixFs, type UnixFsData } from "./unixfs.ts";

/** What a directory has under a name. */
export type DirectoryLink = Pick<DagLink, "cid" | "tsize">;

/** Maximum number of entries of a directory that is read. */
export const entryLimit = 16_384;
/** Maximum number of bytes of a name (as in file systems). */
const nameLimit = 255;
/**
 * Sum of the lengths of names and CIDs from which on writers of UnixFS distribute a directory over several blocks
 * (a HAMT). Larger ones are not written here.
 */
export const plainDirectoryLimit = 256 * 1024;
/** Levels and nodes of a distributed directory. */
const maxShardDepth = 8;
const maxShards = 4096;
const maxFanout = 1024;
/** Number of murmur3-x64-64, the only hash that directories are distributed by. */
const murmur3 = 0x22;

/**
 * Reads a UnixFS directory, plain or distributed (HAMT). Names are those of one file system entry each, none twice,
 * in the one order that the format has.
 * @throws IPFS_DIRECTORY_INVALID, IPFS_DAG_TOO_LARGE, BLOCK_MALFORMED and what the blocks' place throws
 */
export async function readDirectory(
  blocks: BlockSource,
  root: Cid,
  options: { field?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Map<string, DirectoryLink>> {
  const field = options.field ?? root.toString();
  const entries = new Map<string, DirectoryLink>();
  const add = ({ name, cid, tsize }: DagLink) => {
    assertName(field, name);
    if (entries.has(name)) throw invalid(field, "each name once", JSON.stringify(name));
    if (entries.size >= entryLimit) throw tooLarge(field, `at most ${entryLimit} entries`);
    entries.set(name, { cid, tsize });
  };
  const { node, data } = await readNode(blocks, root, field, options.signal);
  if (data.type === "directory") {
    assertOrder(field, node.links);
    for (const link of node.links) add(link);
    return entries;
  }
  const shards = [{ node, data, depth: 0 }];
  for (let read = 1, next = shards.pop(); next !== undefined; next = shards.pop()) {
    const width = assertShard(field, next.node, next.data);
    for (const link of next.node.links) {
      const rest = link.name.slice(width);
      if (rest !== "") {
        add({ ...link, name: rest });
        continue;
      }
      read += 1;
      if (next.depth + 1 >= maxShardDepth || read > maxShards)
        throw tooLarge(field, `at most ${maxShardDepth} levels and ${maxShards} shards`);
      const child = await readNode(blocks, link.cid, field, options.signal);
      if (child.data.type !== "shard") throw invalid(field, "a shard", child.data.type);
      shards.push({ ...child, depth: next.depth + 1 });
    }
  }
  return entries;
}

/** Encodes a directory, entries sorted by the bytes of their names. @throws IPFS_DAG_TOO_LARGE, IPFS_DIRECTORY_INVALID */
export function encodeDirectory(entries: ReadonlyMap<string, DirectoryLink>, field: string): Uint8Array {
  const links = [...entries].map(([name, link]) => ({ name, ...link }));
  links.sort((a, b) => compareBytes(a.name, b.name));
  let size = 0;
  for (const { name, cid } of links) {
    assertName(field, name);
    size += new TextEncoder().encode(name).length + cid.bytes.length;
  }
  if (size >= plainDirectoryLimit)
    throw tooLarge(field, `names and CIDs of less than ${plainDirectoryLimit} bytes`);
  return encodeDagPb({ links, data: encodeUnixFs({ type: "directory", blockSizes: [] }) });
}

async function readNode(
  blocks: BlockSource,
  cid: Cid,
  field: string,
  signal: AbortSignal | undefined,
): Promise<{ node: DagNode; data: UnixFsData }> {
  if (cid.codec !== "dag-pb") throw invalid(field, "a directory", "a raw block");
  const node = decodeDagPb(await blocks.get(cid, { signal }), cid.toString());
  const data = decodeUnixFs(node.data ?? new Uint8Array(), cid.toString());
  if (data.type !== "directory" && data.type !== "shard")
    throw invalid(field, "a directory", `a ${data.type}`);
  if (data.blockSizes.length > 0 || data.fileSize !== undefined)
    throw invalid(field, "a directory without sizes", "some");
  if (data.type === "directory" && (data.data !== undefined || data.fanout !== undefined))
    throw invalid(field, "a directory without content of its own", "some");
  return { node, data };
}

/** Checks that a shard's links are where its bit field says; gives how many digits of a name tell the slot. */
function assertShard(field: string, node: DagNode, { data, hashType, fanout = 0 }: UnixFsData): number {
  if (hashType !== murmur3) throw invalid(field, "distribution by murmur3-x64-64", `hash ${hashType}`);
  if (fanout < 8 || fanout > maxFanout || (fanout & (fanout - 1)) !== 0)
    throw invalid(field, `a power of two from 8 to ${maxFanout} slots`, `${fanout}`);
  const width = (fanout - 1).toString(16).length;
  const bits = data ?? new Uint8Array();
  // Big-endian without leading zeros.
  if (bits.length > fanout / 8 || bits[0] === 0) throw invalid(field, "a bit field of the slots", "another");
  const taken: string[] = [];
  for (let slot = 0; slot < bits.length * 8; slot++) {
    const byte = bits[bits.length - 1 - (slot >> 3)]!;
    if ((byte >> (slot & 7)) & 1) taken.push(slot.toString(16).toUpperCase().padStart(width, "0"));
  }
  const named = node.links.map(({ name }) => name.slice(0, width));
  if (taken.length !== named.length || taken.some((slot, i) => slot !== named[i]))
    throw invalid(field, "links in the slots of the bit field", "others");
  return width;
}

function assertOrder(field: string, links: readonly DagLink[]): void {
  for (let i = 1; i < links.length; i++) {
    const [before, name] = [links[i - 1]!.name, links[i]!.name];
    if (compareBytes(before, name) > 0) throw invalid(field, "names in order", JSON.stringify(name));
  }
}

/** Order of names is that of their bytes in UTF-8, which differs from that of JavaScript's strings. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [a, b].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}

function assertName(field: string, name: string): void {
  const fits = name !== "" && new TextEncoder().encode(name).length <= nameLimit;
  if (fits && name !== "." && name !== ".." && !/[/\\\0]/.test(name)) return;
  throw invalid(field, "the name of one file or folder", JSON.stringify(name.slice(0, 80)));
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.IPFS_DIRECTORY_INVALID, { field, expected, actual });
}

function tooLarge(field: string, expected: string): ApocError {
  return new ApocError(ociErrors.IPFS_DAG_TOO_LARGE, { field, expected, actual: "more" });
}
