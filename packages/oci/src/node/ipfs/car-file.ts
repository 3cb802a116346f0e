import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../../errors.ts";
import { blockMissing, type BlockSource, checkBlock, inlineBlock } from "../../ipfs/blocks.ts";
import { type CarSection, listCar, onlyRoot, writeCar } from "../../ipfs/car.ts";
import type { Cid } from "../../ipfs/cid.ts";
import { IpfsImage } from "../../ipfs/ipfs-image.ts";
import { writeFileContent } from "../file-content.ts";

/** Bytes that are read at a time while a file is listed: lengths and identifiers only. */
const windowSize = 4096;

/**
 * Opens a CAR file (version 1 or 2) of one image, or of several below one root, and reads it in place. Blocks are checked
 * each time they are read.
 * @throws NOT_FOUND, CAR_INVALID, CAR_TRUNCATED, CAR_TOO_LARGE and others of a malformed file
 */
export async function openCarImage(file: string): Promise<IpfsImage & { readonly root: Cid }> {
  const { root, blocks } = await openCar(file);
  return Object.assign(new IpfsImage({ blocks, root }), { root });
}

/** Lists a CAR file of one root. @throws as {@link openCarImage} */
export async function openCar(file: string): Promise<{ root: Cid; blocks: BlockSource }> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new ApocError(ociErrors.NOT_FOUND, { field: file, cause });
  });
  const handle = await open(file, "r");
  try {
    const { roots, sections } = await listCar(windowed(handle), found.size, file);
    return { root: onlyRoot(roots, file), blocks: new CarFileBlocks(file, sections) };
  } finally {
    await handle.close();
  }
}

/**
 * Writes a root and all below it to a new CAR file, and removes what it wrote when it cannot be finished. Gives its size in
 * bytes. Fails with the system's EEXIST when the file exists, else as {@link writeCar}.
 */
export async function writeCarFile(
  file: string,
  blocks: BlockSource,
  root: Cid,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<number> {
  try {
    return await writeFileContent(file, writeCar(blocks, root, options));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") await rm(file, { force: true });
    throw error;
  }
}

class CarFileBlocks implements BlockSource {
  readonly #file: string;
  readonly #sections: ReadonlyMap<string, CarSection>;

  constructor(file: string, sections: readonly CarSection[]) {
    this.#file = file;
    this.#sections = new Map(sections.map((section) => [section.cid.toString(), section]));
  }

  async get(cid: Cid, options: { signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted();
    const inline = inlineBlock(cid);
    if (inline !== undefined) return checkBlock(cid, inline);
    const section = this.#sections.get(cid.toString());
    if (section === undefined) throw blockMissing(cid);
    const handle = await open(this.#file, "r");
    try {
      return checkBlock(cid, await readAt(handle, section.offset, section.length));
    } finally {
      await handle.close();
    }
  }
}

/** Reads small pieces that lie near together with one call. */
function windowed(handle: FileHandle): (offset: number, length: number) => Promise<Uint8Array> {
  let start = 0;
  let window: Uint8Array = new Uint8Array();
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      start = offset;
      window = await readAt(handle, offset, Math.max(length, windowSize));
    }
    return window.subarray(offset - start, offset - start + length);
  };
}

/** Reads to the end of the file at most. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}
