import type { Content } from "../target.ts";
import type { BlockStore } from "./blocks.ts";
import { type Cid, cidOf } from "./cid.ts";
import { encodeDagPb } from "./dag-pb.ts";
import type { DirectoryLink } from "./unixfs-directory.ts";
import { encodeUnixFs } from "./unixfs.ts";

/**
 * Parameters that decide which CID a file gets: CID version 1, sha2-256, raw leaves, pieces of 1 MiB, balanced trees of
 * at most 1024 links a node (docs/spec/image.md, "IPFS").
 */
export const importParameters = { chunkSize: 1024 * 1024, links: 1024 } as const;

/** A part of a file that is stored. */
interface StoredPart {
  readonly cid: Cid;
  /** Bytes of the file below it. */
  readonly size: number;
  /** Bytes of all blocks below it, its own included. */
  readonly tsize: number;
}

/** Stores content as a UnixFS file; memory holds one piece and the names of the others. Returns the link to it. */
export async function importFile(
  store: BlockStore,
  content: Content | Uint8Array,
): Promise<DirectoryLink & { readonly size: number }> {
  const { chunkSize, links } = importParameters;
  /** Parts that have no parent yet, leaves first. */
  const levels: StoredPart[][] = [];
  const add = async (part: StoredPart, level: number): Promise<void> => {
    const parts = (levels[level] ??= []);
    parts.push(part);
    if (parts.length < links) return;
    levels[level] = [];
    await add(await storeNode(store, parts), level + 1);
  };
  for await (const piece of pieces(content, chunkSize)) await add(await storeLeaf(store, piece), 0);
  if (levels.length === 0) return storeLeaf(store, new Uint8Array());
  for (let level = 0; ; level++) {
    const parts = levels[level]!;
    const last = level === levels.length - 1;
    if (last && parts.length === 1) return parts[0]!;
    // A part that is full has moved up already; what is left of a level becomes one node, be it of one link.
    if (parts.length > 0) {
      levels[level] = [];
      await add(await storeNode(store, parts), level + 1);
    }
  }
}

async function storeLeaf(store: BlockStore, block: Uint8Array): Promise<StoredPart> {
  const cid = cidOf("raw", block);
  await store.put(cid, block);
  return { cid, size: block.length, tsize: block.length };
}

async function storeNode(store: BlockStore, parts: readonly StoredPart[]): Promise<StoredPart> {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const data = encodeUnixFs({
    type: "file",
    fileSize: size,
    blockSizes: parts.map((part) => part.size),
  });
  const block = encodeDagPb({ links: parts.map(({ cid, tsize }) => ({ cid, tsize, name: "" })), data });
  const cid = cidOf("dag-pb", block);
  await store.put(cid, block);
  return { cid, size, tsize: block.length + parts.reduce((sum, part) => sum + part.tsize, 0) };
}

/** Cuts content into pieces of one size, the last one shorter. All are given in the same buffer, one after the other. */
async function* pieces(content: Content | Uint8Array, size: number): Content {
  const piece = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      piece.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield piece;
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
