import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createHash as nodeHash } from "./hash/node.ts";
import { createHash as portableHash } from "./hash/portable.ts";
import { createHasher, isDigest, ociErrors, parseDigest, sha256Digest } from "./index.ts";

test("digests agree with node:crypto on both platforms", () => {
  const bytes = Buffer.from("apoc");
  for (const algorithm of ["sha256", "sha512"] as const) {
    const hex = createHash(algorithm).update(bytes).digest("hex");
    const hasher = createHasher(algorithm);
    hasher.update(bytes.subarray(0, 1));
    hasher.update(bytes.subarray(1));
    expect(hasher.digest()).toBe(`${algorithm}:${hex}`);
    for (const create of [nodeHash, portableHash]) {
      const hash = create(algorithm);
      hash.update(bytes);
      expect(Buffer.from(hash.digest()).toString("hex")).toBe(hex);
    }
  }
  expect(sha256Digest(new Uint8Array(0))).toBe(
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

const hex = "0".repeat(64);
test.for([
  "",
  "sha256:",
  `sha256:${hex}0`,
  `sha256:${hex.slice(1)}`,
  `sha256:${"A".repeat(64)}`,
  `sha512:${hex}`,
  `md5:${hex}`,
  `sha256:${hex}\n`,
  `sha256:../${hex.slice(3)}`,
])("no digest: %j", (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: ociErrors.DIGEST_INVALID.code }));
});
