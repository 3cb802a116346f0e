import { concatBytes } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { ByteReader, encodeVarint } from "./byte-reader.ts";
import { type Cid, decodeCid } from "./cid.ts";

/** A link of a dag-pb node. */
export interface DagLink {
  readonly cid: Cid;
  /** Empty in files. */
  readonly name: string;
  /** Bytes of all blocks below, as the writer states it. Nothing here relies on it. */
  readonly tsize: number;
}

/** A node of codec dag-pb. */
export interface DagNode {
  readonly links: readonly DagLink[];
  readonly data?: Uint8Array;
}

/** Most links of one node; a block has room for more only with very short names. */
export const linkLimit = 16_384;

const hashField = 0x0a; // field 1, length-delimited
const nameField = 0x12; // field 2, length-delimited
const tsizeField = 0x18; // field 3, varint
const linkField = 0x12; // of the node: field 2, length-delimited
const dataField = 0x0a; // of the node: field 1, length-delimited

/**
 * Decodes a dag-pb block in the canonical form of its specification only: links before data, members in order and once,
 * shortest numbers, nothing unknown. So a node has one spelling, and its links one reading.
 * @throws BLOCK_MALFORMED, CID_INVALID, CID_UNSUPPORTED
 */
export function decodeDagPb(block: Uint8Array, field = "block"): DagNode {
  const refuse = (expected: string, actual: string) => malformed(field, expected, actual);
  const reader = new ByteReader(block, refuse);
  const links: DagLink[] = [];
  let data: Uint8Array | undefined;
  while (reader.remaining > 0) {
    const tag = reader.varint();
    if (data !== undefined) throw refuse("nothing after the data", `field tag ${tag}`);
    if (tag === dataField) data = reader.prefixed();
    else if (tag !== linkField) throw refuse("links, then data", `field tag ${tag}`);
    else if (links.length >= linkLimit) throw refuse(`at most ${linkLimit} links`, "more");
    else links.push(decodeLink(reader.prefixed(), `${field} link ${links.length}`));
  }
  return data === undefined ? { links } : { links, data };
}

function decodeLink(bytes: Uint8Array, field: string): DagLink {
  const refuse = (expected: string, actual: string) => malformed(field, expected, actual);
  const reader = new ByteReader(bytes, refuse);
  let cid: Cid | undefined;
  let name = "";
  let tsize = 0;
  for (let last = 0; reader.remaining > 0; ) {
    const tag = reader.varint();
    if (tag <= last) throw refuse("members in order, each once", `field tag ${tag}`);
    last = tag;
    if (tag === hashField) cid = decodeCid(reader.prefixed(), field);
    else if (tag === nameField) name = decodeName(reader.prefixed(), refuse);
    else if (tag === tsizeField) tsize = reader.varint();
    else throw refuse("hash, name, size", `field tag ${tag}`);
  }
  if (cid === undefined) throw refuse("a hash", "none");
  return { cid, name, tsize };
}

function decodeName(bytes: Uint8Array, refuse: (expected: string, actual: string) => ApocError): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("a name in UTF-8", "other bytes");
  }
}

/** Encodes a node; links stay in the order given, as {@link decodeDagPb} reads them. */
export function encodeDagPb({ links, data }: DagNode): Uint8Array {
  const parts: ArrayLike<number>[] = [];
  for (const { cid, name, tsize } of links) {
    const text = new TextEncoder().encode(name);
    const link = concatBytes(
      [hashField],
      encodeVarint(cid.bytes.length),
      cid.bytes,
      [nameField],
      encodeVarint(text.length),
      text,
      [tsizeField],
      encodeVarint(tsize),
    );
    parts.push([linkField], encodeVarint(link.length), link);
  }
  if (data !== undefined) parts.push([dataField], encodeVarint(data.length), data);
  return concatBytes(...parts);
}

function malformed(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.BLOCK_MALFORMED, { field, expected, actual });
}
