import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Content } from "../target.ts";
import type { BlockSource } from "./blocks.ts";
import type { Cid } from "./cid.ts";
import { decodeDagPb } from "./dag-pb.ts";
import { decodeUnixFs } from "./unixfs.ts";

export interface ReadFileOptions {
  /** Named in errors; the CID by default. */
  field?: string | undefined;
  /** Blocks that are fetched ahead; 8 by default. Memory grows with it and with nothing else. */
  readAhead?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Levels of a file's tree. 1024 links a node and 1 MiB a block make 1 EiB in four. */
const maxDepth = 8;
/** Blocks on average must not be smaller than this, beside {@link spareBlocks}: tiny ones are an attack on time. */
const leastAverageBlock = 4096;
const spareBlocks = 1024;

/** A part of a file: a block that is to come, and what its parent said of it. */
interface Part {
  readonly cid: Cid;
  /** Bytes of the file below it. */
  readonly size: number;
  readonly depth: number;
  block?: Promise<Uint8Array>;
}

/**
 * Reads a UnixFS file of a known size, in order, fetching some blocks ahead. Every block was checked against its CID;
 * whether the sizes that the nodes state are true is checked here, before anything of a node is passed on.
 * @throws IPFS_FILE_INVALID, IPFS_DAG_TOO_LARGE, BLOCK_MALFORMED and what the blocks' place throws
 */
export async function* readUnixFsFile(
  blocks: BlockSource,
  root: Cid,
  size: number,
  options: ReadFileOptions = {},
): Content {
  const field = options.field ?? root.toString();
  const readAhead = options.readAhead ?? 8;
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  let budget = spareBlocks + Math.ceil(size / leastAverageBlock);
  const fetch = (part: Part): Promise<Uint8Array> => {
    if (part.block === undefined) {
      part.block = blocks.get(part.cid, { signal });
      // Its failure is seen when its turn comes, or by nobody when the reader stops before.
      part.block.catch(() => undefined);
    }
    return part.block;
  };
  // The next part is the last one, so that what a node consists of is put on top at once.
  const stack: Part[] = [{ cid: root, size, depth: 0 }];
  try {
    while (stack.length > 0) {
      for (let i = stack.length - 1; i >= 0 && i >= stack.length - readAhead; i--) void fetch(stack[i]!);
      const part = stack.pop()!;
      budget -= 1;
      if (budget < 0)
        throw tooLarge(field, `blocks of at least ${leastAverageBlock} bytes on average`, "smaller ones");
      const block = await fetch(part);
      // Its node's list of parts lives as long as the others are read; their content must not.
      delete part.block;
      options.signal?.throwIfAborted();
      if (part.cid.codec === "raw") {
        assertSize(field, part.cid, part.size, block.length);
        if (block.length > 0) yield block;
        continue;
      }
      const { data, parts } = readNode(field, part, block);
      if (parts.length > 0 && part.depth + 1 >= maxDepth)
        throw tooLarge(field, `at most ${maxDepth} levels`, "more");
      if (data.length > 0) yield data;
      for (const next of parts.reverse()) stack.push(next);
    }
  } finally {
    ending.abort();
  }
}

/** Size of a file as its root states it: what to expect, not what to believe. @throws IPFS_FILE_INVALID, BLOCK_MALFORMED */
export function statedFileSize(root: Cid, block: Uint8Array, field = root.toString()): number {
  if (root.codec === "raw") return block.length;
  const { data } = decodeDagPb(block, root.toString());
  const { type, fileSize } = decodeUnixFs(data ?? new Uint8Array(), root.toString());
  if (type !== "file" && type !== "raw") throw invalidFile(field, "a file", `a ${type}`);
  if (fileSize === undefined) throw invalidFile(field, "a file size", "none");
  return fileSize;
}

function readNode(field: string, part: Part, block: Uint8Array): { data: Uint8Array; parts: Part[] } {
  const { cid, depth } = part;
  const { links, data } = decodeDagPb(block, cid.toString());
  const node = decodeUnixFs(data ?? new Uint8Array(), cid.toString());
  const own = node.data ?? new Uint8Array();
  if (node.type !== "file" && node.type !== "raw") throw invalidFile(field, "a file", `a ${node.type}`);
  if (node.blockSizes.length !== links.length) {
    throw invalidFile(field, `${links.length} sizes, one a link`, `${node.blockSizes.length}`);
  }
  const below = node.blockSizes.reduce((sum, size) => sum + size, 0);
  assertSize(field, cid, part.size, own.length + below);
  if (node.fileSize !== part.size)
    throw invalidFile(field, `${part.size} bytes of ${cid.toString()}`, `${node.fileSize}`);
  const parts = links.map((link, i): Part => {
    const size = node.blockSizes[i]!;
    // Nothing below a part without bytes would count, however much of it there were.
    if (size === 0) throw invalidFile(field, "parts with content", `an empty one in ${cid.toString()}`);
    if (link.name !== "") throw invalidFile(field, "links without names", link.name.slice(0, 80));
    return { cid: link.cid, size, depth: depth + 1 };
  });
  return { data: own, parts };
}

function assertSize(field: string, cid: Cid, expected: number, actual: number): void {
  if (actual !== expected) throw invalidFile(field, `${expected} bytes of ${cid.toString()}`, `${actual}`);
}

function invalidFile(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.IPFS_FILE_INVALID, { field, expected, actual });
}

function tooLarge(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.IPFS_DAG_TOO_LARGE, { field, expected, actual });
}
