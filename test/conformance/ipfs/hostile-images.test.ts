import { Cid, IpfsImage, MemoryBlocks, mediaTypes, sha256Digest } from "@apoc/oci";
import { describe, expect, test } from "vitest";
import { directory, fileData, node, put } from "./build.ts";
import { failure } from "./failure.ts";
import { pattern, vectorDirectory } from "./sample.ts";

const content = pattern(100);

describe("images that are not what they claim", () => {
  test("a root without the two folders", async () => {
    const blocks = new MemoryBlocks();
    const root = await directory(blocks, [{ cid: await directory(blocks, []), name: "manifests" }]);
    expect(await failure(new IpfsImage({ blocks, root }).resolve("latest"))).toBe("IPFS_IMAGE_INVALID");
    const file = await put(blocks, "dag-pb", node([], fileData(0, [])));
    expect(await failure(new IpfsImage({ blocks, root: file }).resolve("latest"))).toBe(
      "IPFS_DIRECTORY_INVALID",
    );
    expect(await failure(new IpfsImage({ blocks, root, path: ["a"] }).resolve("latest"))).toBe("NOT_FOUND");
  });

  test("content under the digest of other content is not returned", async () => {
    const blocks = new MemoryBlocks();
    const bytes = new TextEncoder().encode('{"schemaVersion":2}');
    const cid = await put(blocks, "raw", bytes);
    const digest = sha256Digest(content);
    const entry = { cid, name: digest };
    const folder = await directory(blocks, [entry]);
    const root = await directory(blocks, [
      { cid: folder, name: "blobs" },
      { cid: folder, name: "manifests" },
    ]);
    const image = new IpfsImage({ blocks, root });
    expect(await failure(image.resolve(digest))).toBe("DIGEST_MISMATCH");
    for (const mediaType of [mediaTypes.manifest, mediaTypes.layerTar]) {
      const descriptor = { mediaType, digest, size: bytes.length };
      const chunks: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of image.fetch(descriptor)) chunks.push(chunk);
      })();
      expect(await failure(reading)).toBe("DIGEST_MISMATCH");
      expect(chunks).toEqual([]);
    }
  });

  test("a manifest of more than 4 MiB is refused by its size alone", async () => {
    const blocks = new MemoryBlocks();
    const absent = new Cid("raw", "sha2-256", new Uint8Array(32));
    const cid = await put(blocks, "dag-pb", node([{ cid: absent }], fileData(5_000_000, [5_000_000])));
    const empty = await directory(blocks, []);
    const manifests = await directory(blocks, [{ cid, name: "latest" }]);
    const root = await directory(blocks, [
      { cid: empty, name: "blobs" },
      { cid: manifests, name: "manifests" },
    ]);
    expect(await failure(new IpfsImage({ blocks, root }).resolve("latest"))).toBe("DOCUMENT_TOO_LARGE");
  });

  test("the tag is the only one, or must be given", async () => {
    const { blocks, link: made } = await vectorDirectory();
    const image = new IpfsImage({ blocks, root: made.cid });
    expect(await image.defaultReference()).toBe("1.0");
    expect(await failure(image.resolve("2.0"))).toBe("NOT_FOUND");
    expect(await failure(image.resolve("../blobs"))).toBe("REFERENCE_INVALID");
  });
});
