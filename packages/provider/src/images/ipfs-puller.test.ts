import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admissionErrors } from "@apoc/core";
import { copy, IpfsTarget, MemoryBlocks, parseCid } from "@apoc/oci";
import { expect, onTestFinished, test } from "vitest";
import { sampleImage } from "../testing/sample-image.ts";
import { ContentStore } from "./content-store.ts";
import { ImagePuller } from "./image-puller.ts";

/** An image behind a gateway that gives what the test makes of each block. */
async function setUp(
  change: (block: Uint8Array) => Uint8Array | undefined,
  gateways = ["http://gateway.test"],
) {
  const folder = await mkdtemp(join(tmpdir(), "apoc-ipfs-pull-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const image = await sampleImage();
  const target = new IpfsTarget(new MemoryBlocks());
  await copy(image.repository, image.digest, target);
  const { cid } = await target.commit();
  const asked: string[] = [];
  const ipfsFetch = async (input: string | URL | Request) => {
    const url = new URL(input as string);
    asked.push(url.host);
    const block = change(
      new Uint8Array(await target.blocks.get(parseCid(url.pathname.slice("/ipfs/".length)))),
    );
    if (block === undefined) return new Response(null, { status: 404 });
    return new Response(new Uint8Array(block), { headers: { "content-type": "application/vnd.ipld.raw" } });
  };
  const puller = new ImagePuller({
    store: await ContentStore.open(folder, 10_000_000),
    maxImageBytes: 1_000_000,
    // What publishers name must never be reached by the way of the operator's gateways, nor the reverse.
    fetch: () => Promise.reject(new Error("a registry was asked")),
    ipfs: { gateways, fetch: ipfsFetch },
  });
  return { image, puller, asked, reference: `ipfs://${cid.toString()}@${image.digest}`, cid: cid.toString() };
}

test("an image is pulled from the operator's gateways, and needs them no more once it is stored", async () => {
  let away = false;
  const { image, puller, asked, reference } = await setUp((block) => (away ? undefined : block));
  const { manifest, config, digest } = image;
  const pulled = await puller.pull(reference);
  expect(pulled).toEqual({ reference, digest, manifest, config });
  await puller.pullBlobs(pulled);
  expect(new Set(asked)).toEqual(new Set(["gateway.test"]));
  away = true;
  expect(await puller.pull(reference)).toMatchObject({ digest });
  await puller.pullBlobs(pulled);
});

test("other bytes, missing blocks, no gateway, no digest: each has its code", async () => {
  const flipped = await setUp((block) => block.map((byte) => byte ^ 1));
  await expect(flipped.puller.pull(flipped.reference)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_DIGEST.code,
  });
  const away = await setUp(() => undefined);
  await expect(away.puller.pull(away.reference)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_UNAVAILABLE.code,
  });
  const none = await setUp((block) => block, []);
  await expect(none.puller.pull(none.reference)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_UNAVAILABLE.code,
    detail: expect.stringContaining("APOC-1083"),
  });
  const unpinned = await setUp((block) => block);
  await expect(unpinned.puller.pull(`ipfs://${unpinned.cid}`)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_NOT_PINNED.code,
  });
  // The CID does not make another digest right.
  const wrong = `ipfs://${unpinned.cid}@sha256:${"00".repeat(32)}`;
  await expect(unpinned.puller.pull(wrong)).rejects.toMatchObject({
    code: admissionErrors.IMAGE_UNAVAILABLE.code,
  });
});
