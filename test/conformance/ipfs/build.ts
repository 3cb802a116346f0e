import { cidOf, type Cid, type Codec, type MemoryBlocks } from "@apoc/oci";

/** Protobuf by hand, so that nothing of what is tested writes what is tested. */

/** Unsigned LEB128. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** A member of wire type 2. */
export function bytesField(number: number, bytes: ArrayLike<number>): number[] {
  return [(number << 3) | 2, ...varint(bytes.length), ...Array.from(bytes)];
}

/** A member of wire type 0. */
export function numberField(number: number, value: number): number[] {
  return [number << 3, ...varint(value)];
}

export interface LinkParts {
  readonly cid: Cid;
  readonly name?: string;
  readonly tsize?: number;
}

/** A link of a dag-pb node. */
export function link({ cid, name = "", tsize = 0 }: LinkParts): number[] {
  return bytesField(2, [
    ...bytesField(1, cid.bytes),
    ...bytesField(2, new TextEncoder().encode(name)),
    ...numberField(3, tsize),
  ]);
}

/** A dag-pb node: links as they are given, then UnixFS data. */
export function node(links: readonly LinkParts[], unixFs: readonly number[]): Uint8Array {
  return Uint8Array.from([...links.flatMap(link), ...bytesField(1, unixFs)]);
}

/** UnixFS data of a file node. */
export function fileData(size: number, sizes: readonly number[], content?: Uint8Array): number[] {
  return [
    ...numberField(1, 2),
    ...(content === undefined ? [] : bytesField(2, content)),
    ...numberField(3, size),
    ...sizes.flatMap((part) => numberField(4, part)),
  ];
}

export const directoryData: readonly number[] = numberField(1, 1);

/** Names and stores a block. */
export async function put(blocks: MemoryBlocks, codec: Codec, block: Uint8Array): Promise<Cid> {
  const cid = cidOf(codec, block);
  await blocks.put(cid, block);
  return cid;
}

/** A directory of the entries in the order given. */
export function directory(blocks: MemoryBlocks, links: readonly LinkParts[]): Promise<Cid> {
  return put(blocks, "dag-pb", node(links, directoryData));
}
