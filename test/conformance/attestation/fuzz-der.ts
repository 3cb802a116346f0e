import { interesting, mutateBytes, type Random, splice } from "./fuzz-mutation.ts";

/** An element of DER within bytes, by offsets; the parent by its place in the list, -1 at the top. */
interface Element {
  readonly start: number;
  readonly content: number;
  readonly end: number;
  readonly parent: number;
  constructed: boolean;
}

const seedElements = new WeakMap<Uint8Array, readonly Element[]>();

/** DER changed element by element, with every length around the change made right again. */
export function mutateDer(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const known = seedElements.get(seed) ?? readElements(seed);
  seedElements.set(seed, known);
  if (known.length === 0) return mutateBytes(random, seed, others);
  let bytes: Uint8Array = Uint8Array.from(seed);
  let elements = known;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(elements.length);
    const element = elements[at]!;
    const { start, content, end, parent, constructed } = element;
    const part = (from: number, to: number) => bytes.subarray(from, to);
    const put = (from: number, to: number, inserted: Uint8Array, inside = parent) => {
      bytes = replace(bytes, elements, inside, from, to, inserted);
    };
    const operation = random.below(9);
    if (operation === 0) bytes[start] = random.pick(interesting);
    else if (operation === 1) put(start, end, new Uint8Array());
    else if (operation === 2) put(start, start, part(start, end));
    else if (operation === 3) {
      const other = random.pick(elements);
      put(start, end, part(other.start, other.end));
    } else if (operation === 4) {
      const siblings = elements.filter((each) => each.parent === parent);
      const reversed = siblings.toReversed().map((each) => part(each.start, each.end));
      put(siblings[0]!.start, siblings.at(-1)!.end, Buffer.concat(reversed));
    } else if (operation === 5)
      put(content, end, Uint8Array.from(random.bytes(random.pick([0, 1, 2, 20, 130, 300]))), at);
    else if (operation === 6)
      put(start, start, encode(random.pick(interesting), random.bytes(random.below(4))));
    else if (!constructed && end > content)
      put(content, end, mutateBytes(random, part(content, end), others), at);
    if (count > 1) elements = readElements(bytes);
    if (elements.length === 0) return bytes;
  }
  return random.below(8) === 0 ? mutateBytes(random, bytes, others) : bytes;
}

/** Elements that these bytes wholly are; none when they are not. Octet strings that hold elements count as constructed. */
function readElements(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  const read = (from: number, to: number, parent: number, depth: number): boolean => {
    for (let at = from; at < to; ) {
      const start = at;
      const tag = bytes[at]!;
      let length = bytes[at + 1] ?? 0x80;
      at += 2;
      if (length >= 0x80) {
        const count = length & 0x7f;
        if (count === 0 || count > 3) return false;
        length = 0;
        for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + i] ?? 0);
        at += count;
      }
      if (at + length > to) return false;
      const place = elements.length;
      const element: Element = { start, content: at, end: at + length, parent, constructed: false };
      elements.push(element);
      if (((tag & 0x20) !== 0 || tag === 0x04) && length > 0 && depth < 12) {
        element.constructed = read(at, at + length, place, depth + 1);
        if (!element.constructed) elements.length = place + 1;
      }
      at += length;
    }
    return true;
  };
  return read(0, bytes.length, -1, 0) ? elements : [];
}

/** The bytes with others in the place of some inside of an element, and right lengths up to the top. */
function replace(
  bytes: Uint8Array,
  elements: readonly Element[],
  parent: number,
  from: number,
  to: number,
  inserted: Uint8Array,
): Uint8Array<ArrayBuffer> {
  let [piece, start, end] = [inserted, from, to];
  for (let place = parent; place >= 0; place = elements[place]!.parent) {
    const element = elements[place]!;
    const content = Buffer.concat([
      bytes.subarray(element.content, start),
      piece,
      bytes.subarray(end, element.end),
    ]);
    piece = encode(bytes[element.start]!, content);
    start = element.start;
    end = element.end;
  }
  return splice(bytes, start, end - start, piece);
}

function encode(tag: number, content: ArrayLike<number>): Uint8Array {
  const size: number[] = [];
  for (let rest = content.length; rest > 0; rest = rest >>> 8) size.unshift(rest & 0xff);
  const header = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 | size.length, ...size];
  return splice(Uint8Array.from(header), header.length, 0, content);
}
