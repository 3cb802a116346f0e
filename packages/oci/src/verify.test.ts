import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  MemoryTarget,
  mediaTypes,
  observeContent,
  ociErrors,
  readAll,
  sha256Digest,
  verifyContent,
} from "./index.ts";
import { describeBytes, gather, inChunks } from "./sample-image.test.data.ts";

const bytes = Buffer.from("x".repeat(2500));
const descriptor = describeBytes(mediaTypes.layerTar, bytes);

/** Reads to the end or the error; tells how much was given out. */
async function read(content: AsyncIterable<Uint8Array>) {
  let given = 0;
  let code: string | undefined;
  try {
    for await (const chunk of content) given += chunk.length;
  } catch (error) {
    code = (error as { code?: string }).code;
  }
  return { given, code };
}

test("what fits its descriptor passes unchanged", async () => {
  expect((await gather(verifyContent(descriptor, inChunks(bytes)))).equals(bytes)).toBe(true);
  expect((await gather(verifyContent(descriptor, bytes))).equals(bytes)).toBe(true);
  const empty = describeBytes("", new Uint8Array(0));
  expect((await gather(verifyContent(empty, inChunks(new Uint8Array(0))))).length).toBe(0);
});

test("of small content nothing is given when the digest, or the size, is wrong", async () => {
  const changed = Buffer.from(bytes);
  changed[0] = 0;
  for (const [content, { code }] of [
    [inChunks(changed), ociErrors.DIGEST_MISMATCH],
    [inChunks(bytes.subarray(0, 2499)), ociErrors.SIZE_MISMATCH],
    [changed, ociErrors.DIGEST_MISMATCH],
  ] as const) {
    expect(await read(verifyContent(descriptor, content))).toEqual({ given: 0, code });
  }
});

test("of large content the last chunk is withheld when the digest, or the size, is wrong", async () => {
  const large = Buffer.alloc(5_000_000, "x");
  const described = describeBytes(mediaTypes.layerTar, large);
  expect(await read(verifyContent(described, inChunks(large, 1_000_000)))).toEqual({
    given: 5_000_000,
    code: undefined,
  });
  const changed = Buffer.from(large);
  changed[0] = 0;
  for (const [content, { code }] of [
    [inChunks(changed, 1_000_000), ociErrors.DIGEST_MISMATCH],
    [inChunks(large.subarray(0, 4_999_999), 1_000_000), ociErrors.SIZE_MISMATCH],
  ] as const) {
    expect(await read(verifyContent(described, content))).toEqual({ given: 4_000_000, code });
  }
});

test("one byte too many ends the reading at once", async () => {
  let produced = 0;
  async function* endless() {
    while (true) {
      produced += 1000;
      yield new Uint8Array(1000);
    }
  }
  expect((await read(verifyContent(descriptor, endless()))).code).toBe(ociErrors.SIZE_MISMATCH.code);
  expect(produced).toBe(3000);
});

test("readAll fetches nothing that is stated to be too large, and verifies what it fetches", async () => {
  const target = new MemoryTarget();
  await target.push(descriptor, bytes);
  expect(Buffer.from(await readAll(target, descriptor)).equals(bytes)).toBe(true);
  await expect(readAll(target, descriptor, { limit: 2499 })).rejects.toMatchObject({
    code: ociErrors.DOCUMENT_TOO_LARGE.code,
  });
  const liar = { fetch: () => inChunks(Buffer.alloc(2500)) };
  await expect(readAll(liar, descriptor)).rejects.toMatchObject({ code: ociErrors.DIGEST_MISMATCH.code });
});

test("what is checked already is checked against the same descriptor only, and must still be whole", async () => {
  const large = randomBytes(6_000_000);
  const described = { digest: sha256Digest(large), size: large.length };
  const chunks = () => verifyContent(described, inChunks(large, 1_000_000));
  let seen = 0;
  const observed = observeContent(chunks(), (count) => (seen += count));
  expect((await gather(verifyContent(described, observed))).equals(large)).toBe(true);
  expect(seen).toBe(large.length);

  const part = chunks();
  await part[Symbol.asyncIterator]().next();
  expect((await read(verifyContent(described, part))).code).toBe(ociErrors.SIZE_MISMATCH.code);

  const other = { digest: sha256Digest(large.subarray(1)), size: large.length };
  expect((await read(verifyContent(other, chunks()))).code).toBe(ociErrors.DIGEST_MISMATCH.code);

  const wrong = Buffer.from(large);
  wrong[0] = (wrong[0] ?? 0) ^ 1;
  const lying = verifyContent(described, inChunks(wrong, 1_000_000));
  expect((await read(verifyContent(described, lying))).code).toBe(ociErrors.DIGEST_MISMATCH.code);
  const unchecked = observeContent(inChunks(wrong, 1_000_000), () => undefined);
  expect((await read(verifyContent(described, unchecked))).code).toBe(ociErrors.DIGEST_MISMATCH.code);
  // What it gives cannot be replaced.
  expect(() => Object.assign(chunks(), { next: () => inChunks(wrong) })).toThrow(TypeError);
});
