import { Cid, MemoryBlocks, readUnixFsFile } from "@apoc/oci";
import { describe, expect, test } from "vitest";
import { bytesField, directory, fileData, link, node, numberField, put, varint } from "./build.ts";
import { failure } from "./failure.ts";
import { pattern } from "./sample.ts";

const content = pattern(100);

describe("files that differ from what their nodes state", () => {
  const read = (blocks: MemoryBlocks, cid: Cid, size: number) =>
    failure(Array.fromAsync(readUnixFsFile(blocks, cid, size)));
  type Case = [name: string, make: (blocks: MemoryBlocks, leaf: Cid) => Promise<Cid>, expected: string];
  const cases: Case[] = [
    [
      "the whole is smaller than it says",
      (b, leaf) => put(b, "dag-pb", node([{ cid: leaf }, { cid: leaf }], fileData(300, [100, 100]))),
      "IPFS_FILE_INVALID",
    ],
    [
      "parts that are smaller than stated",
      (b, leaf) => put(b, "dag-pb", node([{ cid: leaf }, { cid: leaf }], fileData(200, [99, 101]))),
      "IPFS_FILE_INVALID",
    ],
    [
      "fewer sizes than links",
      (b, leaf) => put(b, "dag-pb", node([{ cid: leaf }, { cid: leaf }], fileData(200, [200]))),
      "IPFS_FILE_INVALID",
    ],
    [
      "more sizes than links",
      (b, leaf) => put(b, "dag-pb", node([{ cid: leaf }], fileData(200, [100, 100]))),
      "IPFS_FILE_INVALID",
    ],
    [
      "sizes that overflow",
      (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: leaf }, { cid: leaf }],
            fileData(200, [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
          ),
        ),
      "IPFS_FILE_INVALID",
    ],
    [
      "a part without content",
      async (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: leaf }, { cid: leaf }, { cid: await put(b, "raw", new Uint8Array()) }],
            fileData(200, [100, 100, 0]),
          ),
        ),
      "IPFS_FILE_INVALID",
    ],
    [
      "no size",
      (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: leaf }, { cid: leaf }],
            [...numberField(1, 2), ...numberField(4, 100), ...numberField(4, 100)],
          ),
        ),
      "IPFS_FILE_INVALID",
    ],
    [
      "links with names",
      (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [
              { cid: leaf, name: "a" },
              { cid: leaf, name: "b" },
            ],
            fileData(200, [100, 100]),
          ),
        ),
      "IPFS_FILE_INVALID",
    ],
    [
      "content of the node itself beyond the size",
      (b, leaf) => put(b, "dag-pb", node([{ cid: leaf }], fileData(200, [100], pattern(101)))),
      "IPFS_FILE_INVALID",
    ],
    ["a directory", (b) => directory(b, []), "IPFS_FILE_INVALID"],
    [
      "a directory as a part",
      async (b, leaf) =>
        put(b, "dag-pb", node([{ cid: leaf }, { cid: await directory(b, []) }], fileData(200, [100, 100]))),
      "IPFS_FILE_INVALID",
    ],
    [
      "a symbolic link",
      (b) => put(b, "dag-pb", node([], [...numberField(1, 4), ...bytesField(2, content)])),
      "BLOCK_MALFORMED",
    ],
    [
      "a part that is not there",
      async (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: leaf }, { cid: await put(new MemoryBlocks(), "raw", pattern(100, 9)) }],
            fileData(200, [100, 100]),
          ),
        ),
      "BLOCK_MISSING",
    ],
    [
      "no UnixFS at all",
      (b, leaf) => put(b, "dag-pb", Uint8Array.from(link({ cid: leaf }))),
      "BLOCK_MALFORMED",
    ],
    ["dag-pb that is something else", (b) => put(b, "dag-pb", pattern(200)), "BLOCK_MALFORMED"],
    [
      "data before links",
      (b, leaf) =>
        put(
          b,
          "dag-pb",
          Uint8Array.from([
            ...bytesField(1, fileData(200, [100, 100])),
            ...link({ cid: leaf }),
            ...link({ cid: leaf }),
          ]),
        ),
      "BLOCK_MALFORMED",
    ],
    [
      "data twice",
      (b) =>
        put(
          b,
          "dag-pb",
          Uint8Array.from([...bytesField(1, fileData(200, [])), ...bytesField(1, fileData(200, []))]),
        ),
      "BLOCK_MALFORMED",
    ],
    [
      "a varint that is too long",
      (b) => put(b, "dag-pb", Uint8Array.from([0x8a, 0x00, 0x02, 0x08, 0x02])),
      "BLOCK_MALFORMED",
    ],
    [
      "a varint of ten bytes",
      (b) => put(b, "dag-pb", Uint8Array.from([0x0a, ...Array<number>(9).fill(0x80), 0x01])),
      "BLOCK_MALFORMED",
    ],
    [
      "a length of 2^50",
      (b) => put(b, "dag-pb", Uint8Array.from([0x12, ...varint(2 ** 50), 0x00])),
      "BLOCK_MALFORMED",
    ],
    [
      "packed sizes",
      (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: leaf }, { cid: leaf }],
            [...numberField(1, 2), ...numberField(3, 200), ...bytesField(4, [100, 100])],
          ),
        ),
      "BLOCK_MALFORMED",
    ],
    [
      "UnixFS members out of order",
      (b, leaf) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: leaf }, { cid: leaf }],
            [...numberField(3, 200), ...numberField(1, 2), ...numberField(4, 100), ...numberField(4, 100)],
          ),
        ),
      "BLOCK_MALFORMED",
    ],
    [
      "a link to another codec",
      (b) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: { bytes: Uint8Array.from([1, 0x71, 0x12, 0x20, ...new Uint8Array(32)]) } as Cid }],
            fileData(200, [200]),
          ),
        ),
      "CID_UNSUPPORTED",
    ],
    [
      "a link by sha1",
      (b) =>
        put(
          b,
          "dag-pb",
          node(
            [{ cid: { bytes: Uint8Array.from([1, 0x55, 0x11, 0x14, ...new Uint8Array(20)]) } as Cid }],
            fileData(200, [200]),
          ),
        ),
      "CID_UNSUPPORTED",
    ],
    [
      "an identity link of 4 KiB",
      (b) =>
        put(b, "dag-pb", node([{ cid: new Cid("raw", "identity", pattern(4096)) }], fileData(4096, [4096]))),
      "CID_INVALID",
    ],
  ];
  test.for(cases)("%s", async ([, make, expected]) => {
    const blocks = new MemoryBlocks();
    const leaf = await put(blocks, "raw", content);
    const cid = await make(blocks, leaf);
    expect(await read(blocks, cid, 200)).toBe(expected);
  });

  test("the same nodes with true sizes are read", async () => {
    const blocks = new MemoryBlocks();
    const leaf = await put(blocks, "raw", content);
    const inline = new Cid("raw", "identity", content);
    const cid = await put(
      blocks,
      "dag-pb",
      node([{ cid: leaf }, { cid: inline }], fileData(250, [100, 100], pattern(50))),
    );
    const bytes = Buffer.concat(await Array.fromAsync(readUnixFsFile(blocks, cid, 250)));
    expect(bytes.equals(Buffer.concat([pattern(50), content, content]))).toBe(true);
    // Another size than that of the descriptor is refused before a part is fetched.
    expect(await read(blocks, cid, 249)).toBe("IPFS_FILE_INVALID");
  });

  test("a tree of nodes is refused at the ninth level", async () => {
    const towers: string[] = [];
    for (const height of [7, 8]) {
      const blocks = new MemoryBlocks();
      let cid = await put(blocks, "raw", content);
      for (let i = 0; i < height; i++)
        cid = await put(blocks, "dag-pb", node([{ cid }], fileData(100, [100])));
      towers.push(await read(blocks, cid, 100));
    }
    expect(towers).toEqual(["none", "IPFS_DAG_TOO_LARGE"]);
  });

  test("a file of few blocks that is large by repeating them costs no more than its size", async () => {
    const blocks = new MemoryBlocks();
    let cid = await put(blocks, "raw", Uint8Array.of(7));
    let size = 1;
    for (let i = 0; i < 3; i++) {
      cid = await put(
        blocks,
        "dag-pb",
        node(
          Array.from({ length: 100 }, () => ({ cid })),
          fileData(size * 100, Array<number>(100).fill(size)),
        ),
      );
      size *= 100;
    }
    expect(size).toBe(1_000_000);
    expect(await read(blocks, cid, size)).toBe("IPFS_DAG_TOO_LARGE");
  });
});
