import { type Cid, MemoryBlocks, readDirectory } from "@apoc/oci";
import { describe, expect, test } from "vitest";
import { bytesField, directory, node, numberField, put } from "./build.ts";
import { failure } from "./failure.ts";
import { pattern } from "./sample.ts";

const content = pattern(100);

describe("directories that are read in two ways", () => {
  type Names = readonly string[];
  test.for<[Names, string]>([
    [["a", "a"], "IPFS_DIRECTORY_INVALID"],
    [["b", "a"], "IPFS_DIRECTORY_INVALID"],
    [[""], "IPFS_DIRECTORY_INVALID"],
    [["."], "IPFS_DIRECTORY_INVALID"],
    [[".."], "IPFS_DIRECTORY_INVALID"],
    [["../a"], "IPFS_DIRECTORY_INVALID"],
    [["a/b"], "IPFS_DIRECTORY_INVALID"],
    [["a\\b"], "IPFS_DIRECTORY_INVALID"],
    [["a\0"], "IPFS_DIRECTORY_INVALID"],
    [["n".repeat(256)], "IPFS_DIRECTORY_INVALID"],
    // Sorted by UTF-16, where the bytes of UTF-8 say otherwise.
    [["\u{10000}", "\uffff"], "IPFS_DIRECTORY_INVALID"],
    [["a", "b", "\uffff", "\u{10000}"], "none"],
  ])("%j", async ([names, expected]) => {
    const blocks = new MemoryBlocks();
    const cid = await put(blocks, "raw", content);
    const root = await directory(
      blocks,
      names.map((name) => ({ cid, name })),
    );
    expect(await failure(readDirectory(blocks, root))).toBe(expected);
  });

  /** A shard of 16 slots of which the named ones are taken. */
  const shard = (
    links: Parameters<typeof node>[0],
    taken: number,
    change: Partial<{ hash: number; fanout: number; bits: number[] }> = {},
  ) =>
    node(links, [
      ...numberField(1, 5),
      ...bytesField(2, change.bits ?? (taken > 255 ? [taken >> 8, taken & 255] : taken === 0 ? [] : [taken])),
      ...numberField(5, change.hash ?? 0x22),
      ...numberField(6, change.fanout ?? 16),
    ]);
  type ShardCase = [
    name: string,
    make: (cid: Cid, blocks: MemoryBlocks) => Promise<Uint8Array> | Uint8Array,
    expected: string,
  ];
  test.for<ShardCase>([
    [
      "as it should be",
      (cid) =>
        shard(
          [
            { cid, name: "0a" },
            { cid, name: "Fb" },
          ],
          0x8001,
        ),
      "none",
    ],
    [
      "a shard in a shard",
      async (cid, b) =>
        shard([{ cid: await put(b, "dag-pb", shard([{ cid, name: "3a" }], 8)), name: "2" }], 4),
      "none",
    ],
    ["a bit without a link", (cid) => shard([{ cid, name: "0a" }], 0x8001), "IPFS_DIRECTORY_INVALID"],
    [
      "a link without a bit",
      (cid) =>
        shard(
          [
            { cid, name: "0a" },
            { cid, name: "Fb" },
          ],
          1,
        ),
      "IPFS_DIRECTORY_INVALID",
    ],
    ["a link in another slot", (cid) => shard([{ cid, name: "1a" }], 1), "IPFS_DIRECTORY_INVALID"],
    ["a slot in small letters", (cid) => shard([{ cid, name: "fa" }], 0x8000), "IPFS_DIRECTORY_INVALID"],
    ["another hash", (cid) => shard([{ cid, name: "0a" }], 1, { hash: 0x12 }), "IPFS_DIRECTORY_INVALID"],
    [
      "a fanout that is no power of two",
      (cid) => shard([{ cid, name: "0a" }], 1, { fanout: 24 }),
      "IPFS_DIRECTORY_INVALID",
    ],
    [
      "a fanout of a million",
      (cid) => shard([{ cid, name: "0a" }], 1, { fanout: 2 ** 20 }),
      "IPFS_DIRECTORY_INVALID",
    ],
    [
      "a bit field with a leading zero",
      (cid) => shard([{ cid, name: "0a" }], 1, { bits: [0, 1] }),
      "IPFS_DIRECTORY_INVALID",
    ],
    ["a file as a shard", (cid) => shard([{ cid, name: "0" }], 1), "IPFS_DIRECTORY_INVALID"],
    [
      "one name in two shards",
      async (cid, b) =>
        shard(
          [
            { cid, name: "0a" },
            { cid: await put(b, "dag-pb", shard([{ cid, name: "3a" }], 8)), name: "2" },
          ],
          5,
        ),
      "IPFS_DIRECTORY_INVALID",
    ],
    ["a path in a shard", (cid) => shard([{ cid, name: "0../a" }], 1), "IPFS_DIRECTORY_INVALID"],
  ])("distributed: %s", async ([, make, expected]) => {
    const blocks = new MemoryBlocks();
    const cid = await put(blocks, "raw", content);
    const root = await put(blocks, "dag-pb", await make(cid, blocks));
    expect(await failure(readDirectory(blocks, root))).toBe(expected);
  });

  test("a tree of shards ends", async () => {
    const blocks = new MemoryBlocks();
    let cid = await put(blocks, "dag-pb", shard([{ cid: await put(blocks, "raw", content), name: "0a" }], 1));
    for (let i = 0; i < 8; i++) cid = await put(blocks, "dag-pb", shard([{ cid, name: "0" }], 1));
    expect(await failure(readDirectory(blocks, cid))).toBe("IPFS_DAG_TOO_LARGE");
  });

  test("repeated shards are read that often and no more", async () => {
    const blocks = new MemoryBlocks();
    let cid = await put(blocks, "dag-pb", shard([], 0));
    const slots = Array.from({ length: 16 }, (_, i) => i.toString(16).toUpperCase());
    for (let i = 0; i < 6; i++) {
      const child = cid;
      cid = await put(
        blocks,
        "dag-pb",
        shard(
          slots.map((name) => ({ cid: child, name })),
          0xffff,
        ),
      );
    }
    expect(await failure(readDirectory(blocks, cid))).toBe("IPFS_DAG_TOO_LARGE");
  });
});
