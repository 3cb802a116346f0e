/** Numbers that depend on a seed and a name only (xmur3 for the state, mulberry32 for the numbers). */
export class Random {
  #state: number;

  constructor(seed: number, name: string, run: number) {
    let hash = 1779033703 ^ seed;
    for (const character of `${name}#${run}`) {
      hash = Math.imul(hash ^ character.charCodeAt(0), 3432918353);
      hash = (hash << 13) | (hash >>> 19);
    }
    this.#state = hash >>> 0;
  }

  /** An integer from 0 to below the limit. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  bytes(length: number): number[] {
    return Array.from({ length }, () => this.below(256));
  }
}

const interesting = [0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x30, 0xa0, 0xa3, 0xfe, 0xff];
const boundaries = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** Bytes changed at one to four places: bits, numbers, and pieces that go, come, repeat or move. */
export function mutateBytes(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let bytes = [...seed];
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    const length = 1 + random.below(random.pick([1, 4, 16, 64, 512]));
    const operation = random.below(11);
    if (operation === 0 && at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8));
    else if (operation === 1 && at < bytes.length) bytes[at] = random.pick(interesting);
    else if (operation === 2 && at < bytes.length) bytes[at] = random.below(256);
    else if (operation === 3) writeNumber(random, bytes, at);
    else if (operation === 4) bytes.splice(at, length);
    else if (operation === 5) bytes.splice(at, 0, ...random.bytes(length));
    else if (operation === 6) bytes.splice(at, 0, ...bytes.slice(at, at + length));
    else if (operation === 7) bytes = bytes.slice(0, at);
    else if (operation === 8) bytes.fill(random.pick([0, 0xff]), at, at + length);
    else if (operation === 9) {
      const other = random.pick(others);
      const from = random.below(other.length);
      bytes.splice(at, random.pick([0, length]), ...other.slice(from, from + length));
    } else bytes.push(...random.bytes(length));
  }
  return Uint8Array.from(bytes);
}

/** As {@link mutateBytes}, every second time of the same length: what has one length is refused for it otherwise. */
export function mutateSized(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const changed = mutateBytes(random, seed, others);
  if (random.below(2) === 0) return changed;
  const sized = Uint8Array.from(seed);
  sized.set(changed.subarray(0, seed.length));
  return sized;
}

/** A number at the edge of its range, of two or four bytes and either order, near by or over what is there. */
function writeNumber(random: Random, bytes: number[], at: number): void {
  const width = random.pick([2, 4]);
  const value = (random.pick(boundaries) + random.pick([-1, 0, 0, 1])) >>> 0;
  const encoded = Array.from({ length: width }, (_, index) => (value >>> (8 * index)) & 0xff);
  if (random.below(2) === 0) encoded.reverse();
  for (const [index, byte] of encoded.entries()) if (at + index < bytes.length) bytes[at + index] = byte;
}

interface Node {
  tag: number;
  content: Node[] | number[];
}
const isNodes = (content: Node["content"]): content is Node[] => typeof content[0] === "object";

/** DER changed element by element, with every length around the change made right again. */
export function mutateDer(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const tree = readNodes([...seed]);
  if (tree === undefined) return mutateBytes(random, seed, others);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const lists: Node[][] = [];
    const visit = (nodes: Node[]): void => {
      lists.push(nodes);
      for (const { content } of nodes) if (isNodes(content)) visit(content);
    };
    visit(tree);
    const list = random.pick(lists);
    const at = random.below(list.length);
    const node = list[at];
    if (node === undefined) continue;
    const operation = random.below(9);
    if (operation === 0) node.tag = random.pick(interesting);
    else if (operation === 1) list.splice(at, 1);
    else if (operation === 2) list.splice(at, 0, structuredClone(node));
    else if (operation === 3) list.splice(at, 1, structuredClone(random.pick(random.pick(lists)) ?? node));
    else if (operation === 4) list.reverse();
    else if (operation === 5) node.content = random.bytes(random.pick([0, 1, 2, 20, 130, 300]));
    else if (operation === 6)
      list.splice(at, 0, { tag: random.pick(interesting), content: random.bytes(random.below(4)) });
    else if (!isNodes(node.content) && node.content.length > 0)
      node.content = [...mutateBytes(random, Uint8Array.from(node.content), others)];
  }
  const encoded = Uint8Array.from(writeNodes(tree));
  return random.below(8) === 0 ? mutateBytes(random, encoded, others) : encoded;
}

/** Elements that these bytes wholly are; octet strings and bit strings that hold elements count as constructed. */
function readNodes(bytes: number[], depth = 0): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1] ?? 0x80;
    at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3) return undefined;
      length = bytes.slice(at, at + count).reduce((value, byte) => value * 256 + byte, 0);
      at += count;
    }
    if (at + length > bytes.length) return undefined;
    const content = bytes.slice(at, at + length);
    const constructed = (tag & 0x20) !== 0 || tag === 0x04;
    nodes.push({ tag, content: (constructed && depth < 12 && readNodes(content, depth + 1)) || content });
    at += length;
  }
  return nodes.length === 0 ? undefined : nodes;
}

function writeNodes(nodes: readonly Node[]): number[] {
  return nodes.flatMap(({ tag, content }) => {
    const bytes = isNodes(content) ? writeNodes(content) : content;
    const size: number[] = [];
    for (let rest = bytes.length; rest > 0; rest = rest >>> 8) size.unshift(rest & 0xff);
    const length = bytes.length < 0x80 ? [bytes.length] : [0x80 | size.length, ...size];
    return [tag, ...length, ...bytes];
  });
}

const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  "0",
  "\u0000",
  "\ud800",
  "__proto__",
  "2026-02-30T00:00:00Z",
  [],
  {},
  [[]],
  "A".repeat(5000),
];
const names = ["__proto__", "constructor", "toString", "", "version", "kind", "id", "roots", "snp", "tdx"];

/** JSON changed value by value, and now and then as text: white space, members twice, characters. */
export function mutateJson(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const root = { value: JSON.parse(new TextDecoder().decode(seed)) as unknown };
  for (let count = 1 + random.below(3); count > 0; count--) {
    const places: [holder: Record<string, unknown>, name: string][] = [];
    const visit = (holder: Record<string, unknown>): void => {
      for (const [name, value] of Object.entries(holder)) {
        places.push([holder, name]);
        if (typeof value === "object" && value !== null) visit(value as Record<string, unknown>);
      }
    };
    visit(root);
    const [holder, name] = random.pick(places);
    const value = holder[name];
    const operation = random.below(7);
    if (operation === 0 && holder !== root) delete holder[name];
    else if (operation === 1) define(holder, random.pick(names), structuredClone(random.pick(values)));
    else if (operation === 2) define(holder, name, structuredClone(random.pick(values)));
    else if (operation === 3) {
      const [other, otherName] = random.pick(places);
      define(holder, name, structuredClone(other[otherName]));
    } else if (operation === 4 && typeof value === "number")
      define(holder, name, value + random.pick([-1, 1, 256, 2 ** 32]));
    else if (typeof value === "string" && value !== "") {
      const changed = mutateBytes(random, new TextEncoder().encode(value), others);
      define(holder, name, new TextDecoder().decode(changed));
    } else define(holder, name, [value, structuredClone(value)]);
  }
  let text = JSON.stringify(root.value) ?? "";
  const operation = random.below(8);
  if (operation === 0) return mutateBytes(random, new TextEncoder().encode(text), others);
  if (operation === 1) text = text.replace(/("[^"]*":)("[^"]*"|\d+)/, "$1$2,$1$2");
  if (operation === 2) text = ` ${text}\n`;
  return new TextEncoder().encode(text);
}

/** Sets a member of its own, whatever its name. */
function define(holder: Record<string, unknown>, name: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d+$/.test(name)) holder.push(value);
  else Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

const words = [
  "&a ",
  "*a",
  "<<: ",
  "!!js/function ",
  "!!binary ",
  "!<tag:x> ",
  "? ",
  "- ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  "|",
  ">",
  "%YAML 1.1\n",
  "---\n",
  "...\n",
  "\t",
  "\u0000",
  "\ufeff",
  "'",
  '"',
  "#",
  "~",
  "null",
  "yes",
  "0x10",
  "1_000",
  ".inf",
  "9".repeat(400),
  "[".repeat(200),
];

/** Text changed by the words of YAML, or as bytes. */
export function mutateText(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (random.below(3) === 0) return mutateBytes(random, seed, others);
  let text = new TextDecoder().decode(seed);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const lines = text.split("\n");
    const line = random.below(lines.length);
    const at = random.below((lines[line] ?? "").length + 1);
    const operation = random.below(5);
    if (operation === 0) lines.splice(line, 1);
    else if (operation === 1) lines.splice(line, 0, random.pick(lines));
    else if (operation === 2) lines[line] = `${random.pick(["  ", "    ", "\t"])}${lines[line]}`;
    else lines[line] = `${lines[line]!.slice(0, at)}${random.pick(words)}${lines[line]!.slice(at)}`;
    text = lines.join("\n");
  }
  return new TextEncoder().encode(text);
}
