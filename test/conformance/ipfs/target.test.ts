import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushGrant, pullGrant, type Grant } from "@apoc/core";
import {
  copy,
  type Digest,
  IpfsImage,
  IpfsTarget,
  MemoryBlocks,
  MemoryTarget,
  mediaTypes,
  openReference,
} from "@apoc/oci";
import { createScratchBlocks, openCarImage, openSource, writeCarFile } from "@apoc/oci/node";
import { expect, onTestFinished, test } from "vitest";
import { describe as describeBytes, sampleImage } from "../sample-image.ts";
import { directory } from "./build.ts";
import { failure } from "./failure.ts";
import { serveGateway } from "./gateway.ts";
import { pattern, vectorDirectory } from "./sample.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "apoc-ipfs-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("an image is copied from memory to IPFS, to an archive, and back unchanged", async () => {
  const image = await sampleImage({ sizes: [10, 2_000_000, 300_000] });
  await using blocks = await createScratchBlocks();
  const target = new IpfsTarget(blocks);
  const first = await copy(image.target, "latest", target, { tags: ["v1", "latest"] });
  expect(first.root.digest).toBe(image.descriptor.digest);
  for (const descriptor of [image.descriptor, image.manifest.config, ...image.manifest.layers])
    expect(await target.exists(descriptor)).toBe(true);
  expect(await target.resolve("v1")).toEqual(image.descriptor);
  const { cid } = await target.commit();
  const file = join(await folder(), "image.car");
  const size = await writeCarFile(file, blocks, cid);
  expect(size).toBe((await stat(file)).size);
  await expect(writeCarFile(file, blocks, cid)).rejects.toMatchObject({ code: "EEXIST" });
  expect((await stat(file)).size).toBe(size);
  const back = new MemoryTarget();
  await copy(await openCarImage(file), "v1", back, { tags: ["v1"] });
  expect(await back.resolve("v1")).toEqual(image.descriptor);
  expect((await openSource(`car:${file}:v1`)).reference).toBe("v1");
});

test("the CID follows from the content, not from its order or path", async () => {
  const { link, image } = await vectorDirectory();
  const target = new IpfsTarget(new MemoryBlocks());
  const entries = [...image.blobs].toReversed();
  for (const [digest, bytes] of entries) {
    const known = [image.root, image.manifest.config, ...image.manifest.layers];
    await target.push(known.find((one) => one.digest === digest)!, bytes);
  }
  await target.tag(image.root, "1.0");
  expect((await target.commit()).cid.toString()).toBe(link.cid.toString());
  await target.tag(image.root, "2.0");
  expect((await target.commit()).cid.toString()).not.toBe(link.cid.toString());
});

test("what is pushed is checked, and what failed is not in the directory", async () => {
  const target = new IpfsTarget(new MemoryBlocks());
  const bytes = pattern(3000);
  const layer = describeBytes(mediaTypes.layerTar, bytes);
  const empty = (await target.commit()).cid.toString();
  expect(await failure(target.push(layer, pattern(3000, 5)))).toBe("DIGEST_MISMATCH");
  expect(await failure(target.push(layer, bytes.subarray(1)))).toBe("SIZE_MISMATCH");
  expect(await failure(target.push({ ...layer, mediaType: mediaTypes.manifest }, bytes))).toBe(
    "JSON_INVALID",
  );
  expect(await target.exists(layer)).toBe(false);
  expect(await failure(target.tag(layer, "v1"))).toBe("NOT_FOUND");
  expect((await target.commit()).cid.toString()).toBe(empty);
  const image = await sampleImage();
  await copy(image.target, "latest", target);
  expect(await failure(target.tag(image.descriptor, "../v1"))).toBe("REFERENCE_INVALID");
  expect(await failure(target.tag(image.descriptor, layer.digest))).toBe("REFERENCE_INVALID");
});

test("a directory with too many names is not written, since others would write it in another way", async () => {
  const target = new IpfsTarget(new MemoryBlocks());
  const image = await sampleImage({ sizes: [10] });
  await copy(image.target, "latest", target);
  for (let i = 0; i < 1590; i++) await target.tag(image.descriptor, `${"t".repeat(124)}${1000 + i}`);
  expect(await failure(target.commit())).toBe("none");
  for (let i = 1590; i < 1600; i++) await target.tag(image.descriptor, `${"t".repeat(124)}${1000 + i}`);
  expect(await failure(target.commit())).toBe("IPFS_DAG_TOO_LARGE");
});

test("an artifact that refers to an image is found beside it, after another commit", async () => {
  const { blocks, link, image } = await vectorDirectory();
  const before = new IpfsImage({ blocks, root: link.cid });
  const target = new IpfsTarget(blocks, await before.folders());
  const keyId = "ab".repeat(32);
  const grant = {
    version: 2,
    image: image.root.digest,
    providerKeyId: keyId,
    licenseHash: `0x${"01".repeat(32)}`,
    notAfter: 1_893_456_000,
    policyDigest: "03".repeat(32),
    jwe: "a.b.c.d.e",
    developer: "eip155:31337:0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
    signature: `0x${"02".repeat(65)}`,
  } as unknown as Grant;
  await pushGrant(target, image.root, grant);
  const after = new IpfsImage({ blocks, root: (await target.commit()).cid });
  expect(await after.resolve("1.0")).toEqual(await before.resolve("1.0"));
  expect(await before.referrers(image.root.digest)).toEqual([]);
  expect(await after.referrers(image.root.digest)).toHaveLength(1);
  expect(await pullGrant(before, image.root.digest, keyId)).toBeUndefined();
  expect(await pullGrant(after, image.root.digest, keyId)).toEqual(grant);
});

test("a reference leads through folders, to a tag, from a gateway", async () => {
  const { blocks, link, image } = await vectorDirectory();
  const inner = await directory(blocks, [{ cid: link.cid, name: "app" }]);
  const root = await directory(blocks, [{ cid: inner, name: "images" }]);
  await using gateway = await serveGateway(blocks);
  const ipfs = { gateways: [gateway.url] };
  const name = `ipfs://${root.toString()}/images/app`;
  for (const text of [name, `${name}:1.0`, `${name}@${image.root.digest}`]) {
    const opened = openReference(text, { ipfs });
    const descriptor = await opened.resolve();
    expect(descriptor.digest).toBe(image.root.digest);
    expect(opened.pinned(descriptor.digest)).toBe(`${name}@${image.root.digest}`);
    expect(await openSource(text, { ipfs })).toMatchObject({ transport: "ipfs" });
  }
  expect(await failure(openReference(`ipfs://${root.toString()}/images/other`, { ipfs }).resolve())).toBe(
    "NOT_FOUND",
  );
  expect(await failure(openReference(`${name}:2.0`, { ipfs }).resolve())).toBe("NOT_FOUND");
  const digest: Digest = `sha256:${"00".repeat(32)}`;
  expect(await failure(openReference(`${name}@${digest}`, { ipfs }).resolve())).toBe("NOT_FOUND");
});

test("several images without a tag that selects one", async () => {
  const target = new IpfsTarget(new MemoryBlocks());
  for (const name of ["a", "b"]) await copy((await sampleImage()).target, "latest", target, { tags: [name] });
  const image = new IpfsImage({ blocks: target.blocks, root: (await target.commit()).cid });
  expect(await failure(image.defaultReference())).toBe("TAG_AMBIGUOUS");
  await target.tag(await target.resolve("b"), "latest");
  const named = new IpfsImage({ blocks: target.blocks, root: (await target.commit()).cid });
  expect(await named.defaultReference()).toBe("latest");
});

test("blocks on disk are deleted with their folder, and a broken archive leaves no file", async () => {
  const before = await readdir(tmpdir());
  const path = await folder();
  {
    await using blocks = await createScratchBlocks();
    const target = new IpfsTarget(blocks);
    await target.push(describeBytes(mediaTypes.layerTar, pattern(10)), pattern(10));
    const { cid } = await target.commit();
    const abort = AbortSignal.abort(new Error("enough"));
    const file = join(path, "a.car");
    await expect(writeCarFile(file, blocks, cid, { signal: abort })).rejects.toThrow("enough");
    expect(await readdir(path)).toEqual([]);
    await writeFile(file, "mine");
    await expect(writeCarFile(file, blocks, cid)).rejects.toMatchObject({ code: "EEXIST" });
    expect((await stat(file)).size).toBe(4);
  }
  const left = (await readdir(tmpdir())).filter(
    (name) => name.startsWith("apoc-blocks-") && !before.includes(name),
  );
  expect(left).toEqual([]);
});
