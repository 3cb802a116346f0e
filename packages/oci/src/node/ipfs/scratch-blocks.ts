import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blockMissing, type BlockStore, checkBlock, inlineBlock } from "../../ipfs/blocks.ts";
import type { Cid } from "../../ipfs/cid.ts";
import { readAt } from "./car-file.ts";

/** Blocks in a file of its own below the folder of temporary files. Disposing removes it. */
export interface ScratchBlocks extends BlockStore, AsyncDisposable {}

/**
 * Makes a place for the blocks of an image that is being written: memory holds where they lie, not what they are. The
 * root of an image is known when its last block is, so that an archive, which begins with it, is written afterwards.
 */
export async function createScratchBlocks(): Promise<ScratchBlocks> {
  const folder = await mkdtemp(join(tmpdir(), "apoc-blocks-"));
  try {
    return new FileBlocks(folder, await open(join(folder, "blocks"), "wx+", 0o600));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

class FileBlocks implements ScratchBlocks {
  readonly #folder: string;
  readonly #handle: FileHandle;
  readonly #places = new Map<string, { readonly offset: number; readonly length: number }>();
  #end = 0;

  constructor(folder: string, handle: FileHandle) {
    this.#folder = folder;
    this.#handle = handle;
  }

  async get(cid: Cid, options: { signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted();
    const inline = inlineBlock(cid);
    if (inline !== undefined) return checkBlock(cid, inline);
    const place = this.#places.get(cid.toString());
    if (place === undefined) throw blockMissing(cid);
    return checkBlock(cid, await readAt(this.#handle, place.offset, place.length));
  }

  async put(cid: Cid, block: Uint8Array): Promise<void> {
    checkBlock(cid, block);
    const name = cid.toString();
    if (inlineBlock(cid) !== undefined || this.#places.has(name)) return;
    // Writers at the same time write to places of their own.
    const offset = this.#end;
    this.#end += block.length;
    for (let at = 0; at < block.length; ) {
      const { bytesWritten } = await this.#handle.write(block, at, block.length - at, offset + at);
      at += bytesWritten;
    }
    this.#places.set(name, { offset, length: block.length });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
