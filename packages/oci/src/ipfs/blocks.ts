import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { assertBlock, type Cid } from "./cid.ts";

/** Maximum number of bytes of one block. Nodes of the network exchange none that is larger. */
export const blockLimit = 2 * 1024 * 1024;

/** Where blocks are read from. What is given has the hash of the CID: it was checked for this very call. */
export interface BlockSource {
  /** @throws BLOCK_MISMATCH, BLOCK_MISSING, BLOCK_TOO_LARGE and what the place throws */
  get(cid: Cid, options?: { signal?: AbortSignal | undefined }): Promise<Uint8Array>;
}

/** Where blocks are kept. */
export interface BlockStore extends BlockSource {
  /**
   * Stores a block; storing what is there is no error. The bytes may be written to again once this is done, so they are
   * copied or written away before. @throws BLOCK_MISMATCH, BLOCK_TOO_LARGE
   */
  put(cid: Cid, block: Uint8Array): Promise<void>;
}

/** The block that a CID of the hash `identity` carries itself; `undefined` for all others. */
export function inlineBlock(cid: Cid): Uint8Array | undefined {
  return cid.hash === "identity" ? cid.digest : undefined;
}

/** Lets a block pass that is not too large and has the hash of its CID. @throws BLOCK_TOO_LARGE, BLOCK_MISMATCH */
export function checkBlock(cid: Cid, block: Uint8Array): Uint8Array {
  if (block.length > blockLimit) throw blockTooLarge(cid.toString(), block.length);
  assertBlock(cid, block);
  return block;
}

export function blockTooLarge(field: string, size: number | string): ApocError {
  return new ApocError(ociErrors.BLOCK_TOO_LARGE, {
    field,
    expected: `at most ${blockLimit} bytes`,
    actual: `${size} bytes`,
  });
}

export function blockMissing(cid: Cid): ApocError {
  return new ApocError(ociErrors.BLOCK_MISSING, { field: cid.toString() });
}

/** Blocks in memory. */
export class MemoryBlocks implements BlockStore {
  readonly #blocks = new Map<string, Uint8Array>();

  async get(cid: Cid): Promise<Uint8Array> {
    const block = inlineBlock(cid) ?? this.#blocks.get(cid.toString());
    if (block === undefined) throw blockMissing(cid);
    return checkBlock(cid, block);
  }

  async put(cid: Cid, block: Uint8Array): Promise<void> {
    this.#blocks.set(cid.toString(), new Uint8Array(checkBlock(cid, block)));
  }
}
