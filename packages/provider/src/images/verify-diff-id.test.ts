import { gzipSync } from "node:zlib";
import { mediaTypes, ociErrors, sha256Digest } from "@apoc/oci";
import { expect, test } from "vitest";
import { once, released } from "../testing/sample-image.ts";
import { verifyDiffId } from "./verify-diff-id.ts";

test("a layer of many chunks is released up to its last chunk only when its diffID fails at the end", async () => {
  const content = new Uint8Array(3_000_000).map((_, index) => (index * 2654435761) >>> 24);
  const bytes = new Uint8Array(gzipSync(content));
  async function* chunked() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  const descriptor = { mediaType: mediaTypes.layerGzip, digest: sha256Digest(bytes) };
  expect(await released(verifyDiffId(descriptor, chunked(), sha256Digest(content)))).toEqual({
    size: bytes.length,
  });
  const failed = await released(verifyDiffId(descriptor, chunked(), sha256Digest(bytes)));
  expect(failed.error).toMatchObject({ code: ociErrors.DIFF_ID_MISMATCH.code });
  expect(failed.size).toBeLessThan(bytes.length);
});

test("decompression bombs and what is no gzip end with their codes", async () => {
  const content = new Uint8Array(10_000_000);
  const bytes = new Uint8Array(gzipSync(content));
  const descriptor = { mediaType: mediaTypes.layerGzip, digest: sha256Digest(bytes) };
  const bomb = verifyDiffId(descriptor, once(bytes), sha256Digest(content), { limit: 1_000_000 });
  expect((await released(bomb)).error).toMatchObject({ code: ociErrors.CONTENT_TOO_LARGE.code });
  const noise = verifyDiffId(descriptor, once(new Uint8Array(1000).fill(7)), sha256Digest(content));
  expect((await released(noise)).error).toMatchObject({ code: ociErrors.COMPRESSION_INVALID.code });
  const cut = verifyDiffId(descriptor, once(bytes.subarray(0, bytes.length - 9)), sha256Digest(content));
  expect((await released(cut)).error).toMatchObject({ code: ociErrors.COMPRESSION_INVALID.code });
});

test("a plain tar is compared as it is", async () => {
  const bytes = new TextEncoder().encode("tar");
  const descriptor = { mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes) };
  expect(await released(verifyDiffId(descriptor, once(bytes), sha256Digest(bytes)))).toEqual({ size: 3 });
  const other = sha256Digest(new TextEncoder().encode("rat"));
  expect((await released(verifyDiffId(descriptor, once(bytes), other))).size).toBe(0);
});
