import { expect, test } from "vitest";
import { canonicalDigest } from "./canonical-digest.ts";

test("the order of members does not change the digest", () => {
  expect(canonicalDigest({ a: 1, b: [{ d: 2, c: 3 }] })).toBe(canonicalDigest({ b: [{ c: 3, d: 2 }], a: 1 }));
  expect(canonicalDigest({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
});
