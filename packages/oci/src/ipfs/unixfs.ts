import { concatBytes } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { ByteReader, encodeVarint } from "./byte-reader.ts";

/** UnixFS specification, "Data": kinds of nodes that images are made of. */
export type UnixFsType = "raw" | "directory" | "file" | "shard";

/** What the data of a dag-pb node says. */
export interface UnixFsData {
  readonly type: UnixFsType;
  /** Content of the node itself; of a shard, which of its slots are taken. */
  readonly data?: Uint8Array;
  /** Bytes of the whole file below the node. */
  readonly fileSize?: number;
  /** Bytes of the file below each link. */
  readonly blockSizes: readonly number[];
  /** Of a shard: number of the hash by which names are distributed. */
  readonly hashType?: number;
  /** Of a shard: slots. */
  readonly fanout?: number;
}

const types: Readonly<Record<number, UnixFsType>> = { 0: "raw", 1: "directory", 2: "file", 5: "shard" };
const typeNumbers = { raw: 0, directory: 1, file: 2, shard: 5 } as const;

/**
 * Decodes the protobuf message `Data` of UnixFS in ascending order of members, as all writers write it. Mode and time
 * stamps (members 7 and 8) are read over: an image has its own.
 * @throws BLOCK_MALFORMED; so for symbolic links and metadata nodes, too
 */
export function decodeUnixFs(bytes: Uint8Array, field = "block"): UnixFsData {
  const refuse = (expected: string, actual: string) =>
    new ApocError(ociErrors.BLOCK_MALFORMED, { field: `${field} UnixFS`, expected, actual });
  const reader = new ByteReader(bytes, refuse);
  let type: UnixFsType | undefined;
  const found: { data?: Uint8Array; fileSize?: number; hashType?: number; fanout?: number } = {};
  const blockSizes: number[] = [];
  for (let last = 0; reader.remaining > 0; ) {
    const tag = reader.varint();
    if (tag < last || (tag === last && tag !== 0x20))
      throw refuse("members in order, each once", `field tag ${tag}`);
    last = tag;
    switch (tag) {
      case 0x08: {
        const number = reader.varint();
        type = types[number];
        if (type === undefined) throw refuse("a file or directory", `type ${number}`);
        break;
      }
      case 0x12:
        found.data = reader.prefixed();
        break;
      case 0x18:
        found.fileSize = reader.varint();
        break;
      case 0x20:
        blockSizes.push(reader.varint());
        break;
      case 0x28:
        found.hashType = reader.varint();
        break;
      case 0x30:
        found.fanout = reader.varint();
        break;
      case 0x38:
        reader.varint();
        break;
      case 0x42:
        reader.prefixed();
        break;
      default:
        throw refuse("a member of UnixFS", `field tag ${tag}`);
    }
  }
  if (type === undefined) throw refuse("a type", "none");
  return { type, ...found, blockSizes };
}

/** Encodes what files and directories of an image need; the inverse of {@link decodeUnixFs}. */
export function encodeUnixFs({ type, data, fileSize, blockSizes }: UnixFsData): Uint8Array {
  return concatBytes(
    [0x08, typeNumbers[type]],
    ...(data === undefined ? [] : [[0x12], encodeVarint(data.length), data]),
    ...(fileSize === undefined ? [] : [[0x18], encodeVarint(fileSize)]),
    ...blockSizes.flatMap((size) => [[0x20], encodeVarint(size)]),
  );
}
