import { expect, test } from "vitest";
import { ociErrors } from "../errors.ts";
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { encodeVarint } from "./byte-reader.ts";
import { assertBlock, Cid, cidOf, decodeCid, parseCid } from "./cid.ts";

const hello = new TextEncoder().encode("hello world");
/** Of the eleven bytes above; known from any IPFS node. */
const known = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

const code = (name: keyof typeof ociErrors) => expect.objectContaining({ code: ociErrors[name].code });

test("a block is named as everybody names it", () => {
  const cid = cidOf("raw", hello);
  expect(cid.toString()).toBe(known);
  expect(parseCid(known).bytes).toEqual(cid.bytes);
  expect(decodeCid(cid.bytes)).toMatchObject({ codec: "raw", hash: "sha2-256" });
  expect(() => assertBlock(cid, hello)).not.toThrow();
  expect(() => assertBlock(cid, hello.subarray(1))).toThrowError(code("BLOCK_MISMATCH"));
});

test("version 0 is a dag-pb block, and keeps its bytes", () => {
  const bytes = Uint8Array.from([0x12, 0x20, ...cidOf("raw", hello).digest]);
  const cid = decodeCid(bytes);
  expect(cid).toMatchObject({ codec: "dag-pb", hash: "sha2-256", bytes });
  expect(cid.toString()).toBe(cidOf("dag-pb", hello).toString());
});

test("an identity CID carries its block, of 128 bytes at most", () => {
  const cid = new Cid("raw", "identity", hello);
  expect(decodeCid(cid.bytes).digest).toEqual(hello);
  expect(() => assertBlock(cid, hello)).not.toThrow();
  expect(() => assertBlock(cid, Uint8Array.from([...hello, 0]))).toThrowError(code("BLOCK_MISMATCH"));
  expect(decodeCid(new Cid("raw", "identity", new Uint8Array(128)).bytes).digest).toHaveLength(128);
  const large = new Cid("raw", "identity", new Uint8Array(129));
  expect(() => decodeCid(large.bytes)).toThrowError(code("CID_INVALID"));
});

const digest = [...cidOf("raw", hello).digest];
test.each([
  ["nothing", [], "CID_INVALID"],
  ["cut off", [1, 0x55, 0x12, 0x20, ...digest.slice(1)], "CID_INVALID"],
  ["one byte more", [1, 0x55, 0x12, 0x20, ...digest, 0], "CID_INVALID"],
  ["version 2", [2, 0x55, 0x12, 0x20, ...digest], "CID_INVALID"],
  ["a version in two bytes", [0x81, 0x00, 0x55, 0x12, 0x20, ...digest], "CID_INVALID"],
  ["a truncated hash", [1, 0x55, 0x12, 0x10, ...digest.slice(16)], "CID_INVALID"],
  ["a length of 2^63", [1, 0x55, 0x12, ...Array<number>(9).fill(0xff), 0x7f], "CID_INVALID"],
  ["codec dag-cbor", [1, 0x71, 0x12, 0x20, ...digest], "CID_UNSUPPORTED"],
  ["codec git-raw", [1, 0x78, 0x12, 0x20, ...digest], "CID_UNSUPPORTED"],
  ["hash sha1", [1, 0x55, 0x11, 0x14, ...digest.slice(12)], "CID_UNSUPPORTED"],
  ["hash blake3", [1, 0x55, 0x1e, 0x20, ...digest], "CID_UNSUPPORTED"],
] as const)("refused: %s", (_, bytes, name) => {
  expect(() => decodeCid(Uint8Array.from(bytes))).toThrowError(code(name));
});

test.each([
  known.toUpperCase(),
  known.slice(1),
  `${known}a`,
  known.slice(0, -1),
  known.replace(/e$/, "f"),
  ` ${known}`,
  "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
  "",
  `b${"a".repeat(300)}`,
])("one text for one CID, so refused: %s", (text) => {
  expect(() => parseCid(text)).toThrowError(code("CID_INVALID"));
});

test("the other spellings are answered by how to get this one", () => {
  const text = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
  expect(() => parseCid(text)).toThrowError(
    expect.objectContaining({ next: { action: "convert-cid", subject: text } }),
  );
});

test("base32 is the inverse of itself at every length, and surplus bits are refused", () => {
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff);
    expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes);
  }
  for (const text of ["b", "ab1", "aa=", "ah", "aaa"]) expect(decodeBase32(text)).toBeUndefined();
});

test("varints are as short as they can be", () => {
  expect(encodeVarint(0)).toEqual([0]);
  expect(encodeVarint(300)).toEqual([0xac, 0x02]);
  expect(encodeVarint(Number.MAX_SAFE_INTEGER)).toHaveLength(8);
});
