import {
  Cid,
  cidOf,
  decodeCid,
  formatIpfsReference,
  IpfsImage,
  MemoryBlocks,
  parseCid,
  parseIpfsReference,
  readCar,
  readDirectory,
  readUnixFsFile,
  writeCar,
} from "@apoc/oci";
import { ByteReader, decodeDagPb, decodeUnixFs, encodeDagPb, encodeVarint } from "@apoc/oci/testing";
import { mutateBytes, type Random } from "../attestation/fuzz-mutation.ts";
import { bytesField, directory, directoryData, fileData, node, numberField, put } from "./build.ts";
import { pattern, vectorDirectory } from "./sample.ts";

/** One parser that is given changed inputs. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly mutate: (random: Random, seed: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;
  /** Gives whether the input was refused (`false`) or read (`true`), or what is wrong with what was read from it. */
  readonly read: (input: Uint8Array) => boolean | string | Promise<boolean | string>;
}

const text = (value: string) => new TextEncoder().encode(value);
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** Characters that names of images are made of, and some that they are not. */
const characters = "abcdefghijklmnopqrstuvwxyz0123456789ABCQmz:/@.-_%?#\\ \0é";

/** A name changed by a few characters, or as bytes. */
function mutateName(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (random.below(4) === 0) return mutateBytes(random, seed, others);
  let name = new TextDecoder().decode(seed);
  for (let count = 1 + random.below(2); count > 0; count--) {
    // Most of a name is its CID, which is refused for any change: the end gets its share.
    const at = random.below(2) === 0 ? random.below(name.length + 1) : name.length - random.below(90);
    const character = characters.charAt(random.below(characters.length));
    name = `${name.slice(0, Math.max(at, 0))}${character}${name.slice(Math.max(at, 0) + random.below(2))}`;
  }
  return text(name);
}

/**
 * Blocks that are given in turn, the last one again and again, whatever CID is asked for: what a parser would see if hashes
 * could be broken.
 */
class AnyBlock extends MemoryBlocks {
  readonly #blocks: readonly Uint8Array[];
  #next = 0;

  constructor(blocks: readonly Uint8Array[]) {
    super();
    this.#blocks = blocks;
  }

  override async get(): Promise<Uint8Array> {
    return this.#blocks[Math.min(this.#next++, this.#blocks.length - 1)]!;
  }
}

/** All parsers, with sound inputs to begin with. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  const blocks = new MemoryBlocks();
  const leaf = await put(blocks, "raw", pattern(100));
  const inline = new Cid("raw", "identity", pattern(20));
  const file = node([{ cid: leaf }, { cid: inline }], fileData(120, [100, 20]));
  const cidFile = await put(blocks, "dag-pb", file);
  const version0 = Uint8Array.from([0x12, 0x20, ...leaf.digest]);
  const folder = node(
    [
      { cid: cidFile, name: "latest", tsize: 300 },
      { cid: leaf, name: "sha256:ab", tsize: 100 },
    ],
    directoryData,
  );
  const shard = node(
    [
      { cid: leaf, name: "0a" },
      { cid: cidFile, name: "Fb" },
    ],
    [...numberField(1, 5), ...bytesField(2, [0x80, 1]), ...numberField(5, 0x22), ...numberField(6, 16)],
  );
  const cids = [
    leaf.bytes,
    cidFile.bytes,
    inline.bytes,
    version0,
    new Cid("raw", "sha2-512", pattern(64)).bytes,
  ];
  const root = await directory(blocks, [{ cid: cidFile, name: "a" }]);
  const car = Buffer.concat(await Array.fromAsync(writeCar(blocks, root)));
  const version2 = Buffer.concat([
    Buffer.from(`0aa16776657273696f6e02${"00".repeat(16)}33${"00".repeat(7)}`, "hex"),
    Buffer.from([car.length & 255, car.length >> 8, 0, 0, 0, 0, 0, 0]),
    Buffer.alloc(8),
    car,
  ]);
  const folders = ["blobs", "manifests"].map((name) => ({ cid: root, name }));
  const imageRoot = node(folders, directoryData);
  const json = text('{"schemaVersion":2}');
  const manifest = node([], fileData(json.length, [], json));
  const vector = (await vectorDirectory()).link.cid.toString();
  const digest = `sha256:${"ab".repeat(32)}`;
  const size = 120;
  return [
    {
      name: "varint",
      seeds: [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER].map((value) =>
        Uint8Array.from(encodeVarint(value)),
      ),
      mutate: mutateBytes,
      read(input) {
        const reader = new ByteReader(input, () => new SyntaxError("refused"));
        const value = reader.varint();
        const again = Uint8Array.from(encodeVarint(value));
        return same(again, input.subarray(0, reader.position)) || `${value} is written otherwise`;
      },
    },
    {
      name: "cid",
      seeds: cids,
      mutate: mutateBytes,
      read(input) {
        const cid = decodeCid(input);
        if (!same(cid.bytes, input)) return "has other bytes than it was read from";
        return parseCid(cid.toString()).toString() === cid.toString() || "is read otherwise from its text";
      },
    },
    {
      name: "cid-text",
      seeds: [leaf, cidFile, inline].map((cid) => text(cid.toString())),
      mutate: mutateName,
      read(input) {
        const spelled = new TextDecoder().decode(input);
        return parseCid(spelled).toString() === spelled || "two texts for one CID";
      },
    },
    {
      name: "dag-pb",
      seeds: [file, folder, shard],
      mutate: mutateBytes,
      read(input) {
        const read = decodeDagPb(input);
        const again = decodeDagPb(encodeDagPb(read));
        const links = (all: typeof read.links) => all.map((one) => [one.cid.toString(), one.name, one.tsize]);
        return (
          JSON.stringify(links(again.links)) === JSON.stringify(links(read.links)) || "is written otherwise"
        );
      },
    },
    {
      name: "unixfs",
      seeds: [fileData(120, [100, 20]), fileData(20, [], pattern(20)), [...directoryData]].map((data) =>
        Uint8Array.from(data),
      ),
      mutate: mutateBytes,
      read(input) {
        const { blockSizes, fileSize = 0 } = decodeUnixFs(input);
        return [...blockSizes, fileSize].every(Number.isSafeInteger) || "a size that is no number";
      },
    },
    {
      name: "unixfs-file",
      seeds: [file],
      mutate: mutateBytes,
      async read(input) {
        let length = 0;
        const answers = new AnyBlock([input, pattern(100), pattern(20)]);
        for await (const chunk of readUnixFsFile(answers, cidFile, size)) length += chunk.length;
        return length === size || `${length} bytes`;
      },
    },
    {
      name: "unixfs-directory",
      seeds: [folder, shard],
      mutate: mutateBytes,
      async read(input) {
        const names = [...(await readDirectory(new AnyBlock([input]), root)).keys()];
        return (
          !names.some((name) => name === "" || /^\.\.?$|[/\\\0]/.test(name)) ||
          `names ${JSON.stringify(names)}`
        );
      },
    },
    {
      name: "ipfs-image",
      seeds: [folder, shard, file],
      mutate: mutateBytes,
      async read(input) {
        const image = new IpfsImage({ blocks: new AnyBlock([imageRoot, input, folder, manifest]), root });
        const { size: length } = await image.resolve(await image.defaultReference());
        return length === json.length || `${length} bytes`;
      },
    },
    {
      name: "car",
      seeds: [car, version2],
      mutate: mutateBytes,
      async read(input) {
        const stored: Uint8Array[] = [];
        class Noting extends MemoryBlocks {
          override async put(cid: Cid, block: Uint8Array): Promise<void> {
            const named = cid.hash === "sha2-256" ? cidOf(cid.codec, block).toString() : cid.toString();
            if (named !== cid.toString()) stored.push(block);
          }
        }
        await readCar(input, new Noting());
        return stored.length === 0 || "blocks of other names";
      },
    },
    {
      name: "ipfs-reference",
      seeds: ["", ":1.0", `@${digest}`, `/a/b:v1@${digest}`].map((end) => text(`ipfs://${vector}${end}`)),
      mutate: mutateName,
      read(input) {
        const spelled = new TextDecoder().decode(input);
        return formatIpfsReference(parseIpfsReference(spelled)) === spelled || "two texts for one reference";
      },
    },
  ];
}
