/**
 * The little of DER (X.690) that key files need: definite lengths, single-byte tags. Throws RangeError for anything
 * else; callers turn that into a coded error.
 */
export interface DerNode {
  tag: number;
  content: Uint8Array;
}

export const derTags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
} as const;

/** Reads all nodes that lie one after the other in the bytes. */
export function readDer(bytes: Uint8Array): DerNode[] {
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = byteAt(bytes, at++);
    if ((tag & 0x1f) === 0x1f) throw new RangeError("multi-byte tag");
    let length = byteAt(bytes, at++);
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 3) throw new RangeError("length");
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + byteAt(bytes, at++);
      if (length < 0x80 || length < 2 ** (8 * (octets - 1))) throw new RangeError("length not minimal");
    }
    if (at + length > bytes.length) throw new RangeError("truncated");
    nodes.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return nodes;
}

/** Reads exactly one sequence and gives its members. */
export function readSequence(bytes: Uint8Array): DerNode[] {
  const [node, ...rest] = readDer(bytes);
  if (node?.tag !== derTags.sequence || rest.length > 0) throw new RangeError("one sequence expected");
  return readDer(node.content);
}

/** Content of a node that must have the tag. */
export function contentOf(node: DerNode | undefined, tag: number): Uint8Array {
  if (node?.tag !== tag) throw new RangeError(`tag ${tag} expected`);
  return node.content;
}

/** A non-negative integer without leading zeros. */
export function readUnsigned(node: DerNode | undefined): Uint8Array {
  const bytes = contentOf(node, derTags.integer);
  if (bytes.length === 0 || byteAt(bytes, 0) >= 0x80) throw new RangeError("negative integer");
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  return bytes.subarray(start);
}

/** A non-negative integer below 2^32, as a number. */
export function readSmallInteger(node: DerNode | undefined): number {
  const bytes = readUnsigned(node);
  if (bytes.length > 4) throw new RangeError("integer too large");
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** A bit string of whole bytes. */
export function readBitString(node: DerNode | undefined): Uint8Array {
  const bytes = contentOf(node, derTags.bitString);
  if (byteAt(bytes, 0) !== 0) throw new RangeError("unused bits");
  return bytes.subarray(1);
}

/** Dotted form of an object identifier. */
export function readObjectIdentifier(node: DerNode | undefined): string {
  const bytes = contentOf(node, derTags.objectIdentifier);
  const arcs: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (value > 2 ** 32) throw new RangeError("arc");
    if (byte >= 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else arcs.push(value);
    value = 0;
  }
  return arcs.join(".");
}

/** Writes one node. */
export function writeDer(tag: number, ...contents: Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { length }) => sum + length, 0);
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const content of contents) {
    bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError("truncated");
  return byte;
}
