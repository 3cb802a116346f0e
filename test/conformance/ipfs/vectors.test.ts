import { readFile } from "node:fs/promises";
import {
  type Content,
  importFile,
  importParameters,
  MemoryBlocks,
  readCar,
  readUnixFsFile,
  writeCar,
} from "@apoc/oci";
import { expect, test } from "vitest";
import { pattern, vectorDirectory } from "./sample.ts";
import { fileSizes, readVectors } from "./vectors.ts";

const vectors = await readVectors();

class NoBlocks extends MemoryBlocks {
  override async put(): Promise<void> {}
}

async function* inChunks(bytes: Uint8Array, size: number): Content {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test.for(fileSizes)(
  "a file of %i bytes has the CID that Kubo computes, however it arrives, and reads back",
  async (size) => {
    const bytes = pattern(size);
    for (const chunk of [size || 1, 65_537]) {
      const blocks = new MemoryBlocks();
      const stored = await importFile(blocks, inChunks(bytes, chunk));
      expect(stored.cid.toString()).toBe(vectors.files[size]);
      expect(stored.size).toBe(size);
      const read = Buffer.concat(await Array.fromAsync(readUnixFsFile(blocks, stored.cid, size)));
      expect(read.equals(bytes)).toBe(true);
    }
  },
);

test("a file of more blocks than a node has links gets another level, as in Kubo", async () => {
  const chunk = new Uint8Array(importParameters.chunkSize);
  async function* zeros(): Content {
    for (let i = 0; i < importParameters.links + 1; i++) yield chunk;
  }
  const { cid } = await importFile(new NoBlocks(), zeros());
  expect(cid.toString()).toBe(vectors.zeros[importParameters.links + 1]);
});

test("an image has the CID that Kubo computes for its directory, and the one of the specification", async () => {
  const { link, image } = await vectorDirectory();
  expect({ cid: link.cid.toString(), digest: image.root.digest, tsize: link.tsize }).toEqual(vectors.image);
  const specification = await readFile(new URL("../../../docs/spec/image.md", import.meta.url), "utf8");
  expect(specification).toContain(vectors.image?.cid);
  expect(specification).toContain(vectors.image?.digest);
});

test("an archive is identical each time it is written, and reads back as the same image", async () => {
  const { blocks, link } = await vectorDirectory();
  const write = async (from: MemoryBlocks) => Buffer.concat(await Array.fromAsync(writeCar(from, link.cid)));
  const car = await write(blocks);
  const read = new MemoryBlocks();
  expect((await readCar(car, read)).map(String)).toEqual([link.cid.toString()]);
  expect((await write(read)).equals(car)).toBe(true);
});
