import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cid, MemoryBlocks, readCar, writeCar } from "@apoc/oci";
import { openCar, openCarImage, openSource } from "@apoc/oci/node";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { varint } from "./build.ts";
import { failure } from "./failure.ts";
import { vectorDirectory } from "./sample.ts";

let root: Cid;
let car: Buffer;
/** Where sections begin; the first is the header's end. */
const starts: number[] = [];

beforeAll(async () => {
  const { blocks, link } = await vectorDirectory();
  root = link.cid;
  const parts = await Array.fromAsync(writeCar(blocks, root));
  car = Buffer.concat(parts);
  let at = parts[0]!.length;
  for (let i = 1; i < parts.length; i += 2) {
    starts.push(at);
    at += parts[i]!.length + parts[i + 1]!.length;
  }
});

const read = (bytes: Uint8Array) => failure(readCar(bytes, new MemoryBlocks()));

async function file(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "apoc-car-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "image.car");
  await writeFile(path, bytes);
  return path;
}

/** A header with the given members. */
const header = (...parts: (number[] | string | Uint8Array)[]): Buffer => {
  const bytes = Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))),
  );
  return Buffer.concat([Buffer.from(varint(bytes.length)), bytes]);
};
const link = (cid: Cid) => [0xd8, 0x2a, 0x58, cid.bytes.length + 1, 0, ...cid.bytes];
const rest = () => car.subarray(starts[0]);
const withHeader = (...parts: (number[] | string)[]) => Buffer.concat([header(...parts), rest()]);

test("the unchanged archive", async () => {
  expect(await read(car)).toBe("none");
  expect(await read(withHeader([0xa2, 0x65], "roots", [0x81], link(root), [0x67], "version", [1]))).toBe(
    "none",
  );
  const image = await openCarImage(await file(car));
  expect(await image.defaultReference()).toBe("1.0");
  const opened = await openSource(`car:${await file(car)}`);
  expect(opened).toMatchObject({ transport: "car", reference: "1.0" });
});

test("truncated at each section: in its length, its CID, its block, and between two", async () => {
  const found = new Set<string>();
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? car.length;
    for (const at of [start + 1, start + 5, start + 40, end - 1]) {
      const name = await read(car.subarray(0, at));
      found.add(name);
      expect([i, at - start, name]).toEqual([i, at - start, "CAR_TRUNCATED"]);
    }
    if (i === 0) continue;
    // Nothing of the archive itself tells that a whole section is missing; whoever follows a link to it finds out.
    const blocks = new MemoryBlocks();
    await readCar(car.subarray(0, start), blocks);
    expect(await failure(Array.fromAsync(writeCar(blocks, root)))).toBe("BLOCK_MISSING");
  }
  for (const at of [0, 1, 10, starts[0]! - 1]) expect(await read(car.subarray(0, at))).toBe("CAR_TRUNCATED");
  expect([...found]).toEqual(["CAR_TRUNCATED"]);
});

test("a bit flipped in each block, each CID and each length", async () => {
  for (const start of starts) {
    for (const at of [start, start + 4, start + 20, start + 60]) {
      const changed = Buffer.from(car);
      changed[at]! ^= 1;
      expect(await read(changed)).toMatch(
        /^(BLOCK_MISMATCH|CAR_TRUNCATED|CID_\w+|BLOCK_TOO_LARGE|CAR_INVALID)$/,
      );
    }
  }
});

test.for<[string, () => Uint8Array, string]>([
  ["nothing", () => new Uint8Array(), "CAR_TRUNCATED"],
  ["a header of no bytes", () => Buffer.concat([Buffer.from([0]), rest()]), "CAR_INVALID"],
  [
    "a header of a MiB",
    () => Buffer.concat([Buffer.from(varint(2 ** 20)), Buffer.alloc(2 ** 20)]),
    "CAR_INVALID",
  ],
  ["a length of nine bytes and more", () => Buffer.alloc(20, 0xff), "CAR_INVALID"],
  [
    "a length of 2^60",
    () => Buffer.concat([Buffer.from([...Array<number>(8).fill(0xff), 0x0f]), rest()]),
    "CAR_INVALID",
  ],
  ["a length in two bytes that fits in one", () => Buffer.from([0x8a, 0x00, 0xa1]), "CAR_INVALID"],
  [
    "version 3",
    () => withHeader([0xa2, 0x65], "roots", [0x81], link(root), [0x67], "version", [3]),
    "CAR_INVALID",
  ],
  [
    "members in another order",
    () => withHeader([0xa2, 0x67], "version", [1, 0x65], "roots", [0x81], link(root)),
    "CAR_INVALID",
  ],
  [
    "a version in two bytes",
    () => withHeader([0xa2, 0x65], "roots", [0x81], link(root), [0x67], "version", [0x18, 1]),
    "CAR_INVALID",
  ],
  [
    "a further member",
    () => withHeader([0xa3, 0x65], "roots", [0x81], link(root), [0x67], "version", [1, 0x61, 0x61, 0]),
    "CAR_INVALID",
  ],
  [
    "something after the header's members",
    () => withHeader([0xa2, 0x65], "roots", [0x81], link(root), [0x67], "version", [1, 0]),
    "CAR_INVALID",
  ],
  [
    "a list without end",
    () => withHeader([0xa2, 0x65], "roots", [0x9f], link(root), [0xff, 0x67], "version", [1]),
    "CAR_INVALID",
  ],
  ["a million roots", () => withHeader([0xa2, 0x65], "roots", [0x9a, 0, 15, 0x42, 0x40]), "CAR_INVALID"],
  [
    "a root that is no link",
    () => withHeader([0xa2, 0x65], "roots", [0x81, 0x61, 0x61, 0x67], "version", [1]),
    "CAR_INVALID",
  ],
  [
    "a root of another codec",
    () =>
      withHeader(
        [0xa2, 0x65],
        "roots",
        [0x81, 0xd8, 0x2a, 0x58, 37, 0, 1, 0x71, 0x12, 0x20, ...Array<number>(32).fill(0)],
        [0x67],
        "version",
        [1],
      ),
    "CID_UNSUPPORTED",
  ],
  ["no header, but blocks", rest, "CAR_INVALID"],
  [
    "a section without a CID",
    () => Buffer.concat([car.subarray(0, starts[0]), Buffer.from([0])]),
    "CID_INVALID",
  ],
  [
    "a CID of another hash",
    () =>
      Buffer.concat([car.subarray(0, starts[0]), Buffer.from([24, 1, 0x55, 0x11, 0x14]), Buffer.alloc(20)]),
    "CID_UNSUPPORTED",
  ],
  [
    "a section of 1 TiB",
    () => Buffer.concat([car.subarray(0, starts[0]), Buffer.from(varint(2 ** 40)), rest()]),
    "BLOCK_TOO_LARGE",
  ],
  [
    "a block of 2 MiB and a byte",
    () =>
      Buffer.concat([
        car.subarray(0, starts[0]),
        Buffer.from(varint(2 ** 21 + 1 + root.bytes.length)),
        root.bytes,
        Buffer.alloc(2 ** 21 + 1),
      ]),
    "BLOCK_TOO_LARGE",
  ],
  [
    "an identity CID over other bytes",
    () => Buffer.concat([car.subarray(0, starts[0]), Buffer.from([6, 1, 0x55, 0, 1, 7, 8])]),
    "BLOCK_MISMATCH",
  ],
  [
    "a second version's header, cut off",
    () => Buffer.from("0aa16776657273696f6e0200", "hex"),
    "CAR_TRUNCATED",
  ],
  ["a second version's data before its header", () => version2(car, { offset: 10n }), "CAR_INVALID"],
  [
    "a second version's data beyond its end",
    () => version2(car, { size: BigInt(car.length + 1) }),
    "CAR_TRUNCATED",
  ],
  ["a second version's data of 2^63 bytes", () => version2(car, { size: 1n << 63n }), "CAR_INVALID"],
  ["a second version within a second version", () => version2(version2(car)), "CAR_INVALID"],
])("refused: %s", async ([, make, expected]) => {
  const bytes = make();
  expect(await read(bytes)).toBe(expected);
  const fromFile = await failure(openCar(await file(bytes)));
  // Blocks of a file are checked when they are read.
  expect(fromFile).toBe(expected === "BLOCK_MISMATCH" ? "none" : expected);
});

test("version 2 is read, without its index", async () => {
  const second = version2(car);
  expect(await read(Buffer.concat([second, Buffer.from("an index")]))).toBe("none");
  const { root: found, blocks } = await openCar(await file(second));
  expect(found.toString()).toBe(root.toString());
  expect((await blocks.get(root)).length).toBeGreaterThan(0);
});

test("an archive of an image has one root", async () => {
  const none = withHeader([0xa2, 0x65], "roots", [0x80, 0x67], "version", [1]);
  const two = withHeader([0xa2, 0x65], "roots", [0x82], link(root), link(root), [0x67], "version", [1]);
  for (const bytes of [none, two]) expect(await failure(openCar(await file(bytes)))).toBe("CAR_INVALID");
});

test("a file that changes after it was opened yields no other block", async () => {
  const path = await file(car);
  const { blocks } = await openCar(path);
  const changed = Buffer.from(car);
  for (let i = starts[0]! + 45; i < changed.length; i += 50) changed[i]! ^= 1;
  await writeFile(path, changed);
  expect(await failure(blocks.get(root))).toBe("BLOCK_MISMATCH");
});

/** A CAR of version 2 around one of version 1 (CARv2 specification, "Header"). */
function version2(inner: Uint8Array, change: { offset?: bigint; size?: bigint } = {}): Buffer {
  const fields = Buffer.alloc(40);
  fields.writeBigUInt64LE(change.offset ?? 51n, 16);
  fields.writeBigUInt64LE(change.size ?? BigInt(inner.length), 24);
  return Buffer.concat([Buffer.from("0aa16776657273696f6e02", "hex"), fields, inner]);
}
