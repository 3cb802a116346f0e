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

/** Bytes with a meaning in DER, or at the edge of a range. */
export const interesting: readonly number[] = [
  0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x30, 0xa0, 0xa3, 0xfe, 0xff,
];
const boundaries = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** Bytes changed at one to four places: bits, numbers, and pieces that go, come, repeat or move. */
export function mutateBytes(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let bytes = Uint8Array.from(seed);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    const length = 1 + random.below(random.pick([1, 4, 16, 64, 512]));
    const operation = random.below(11);
    if (operation === 0 && at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8));
    else if (operation === 1 && at < bytes.length) bytes[at] = random.pick(interesting);
    else if (operation === 2 && at < bytes.length) bytes[at] = random.below(256);
    else if (operation === 3) writeNumber(random, bytes, at);
    else if (operation === 4) bytes = splice(bytes, at, length);
    else if (operation === 5) bytes = splice(bytes, at, 0, random.bytes(length));
    else if (operation === 6) bytes = splice(bytes, at, 0, bytes.subarray(at, at + length));
    else if (operation === 7) bytes = bytes.slice(0, at);
    else if (operation === 8) bytes.fill(random.pick([0, 0xff]), at, at + length);
    else if (operation === 9) {
      const other = random.pick(others);
      const from = random.below(other.length);
      bytes = splice(bytes, at, random.pick([0, length]), other.subarray(from, from + length));
    } else bytes = splice(bytes, bytes.length, 0, random.bytes(length));
  }
  return bytes;
}

/** The bytes with others in the place of some. */
export function splice(
  bytes: Uint8Array,
  at: number,
  removed: number,
  added: ArrayLike<number> = [],
): Uint8Array<ArrayBuffer> {
  const end = Math.min(at + removed, bytes.length);
  const result = new Uint8Array(bytes.length - (end - at) + added.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(bytes.subarray(end), at + added.length);
  return result;
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
function writeNumber(random: Random, bytes: Uint8Array, at: number): void {
  const width = random.pick([2, 4]);
  const value = (random.pick(boundaries) + random.pick([-1, 0, 0, 1])) >>> 0;
  const encoded = Array.from({ length: width }, (_, index) => (value >>> (8 * index)) & 0xff);
  if (random.below(2) === 0) encoded.reverse();
  for (const [index, byte] of encoded.entries()) if (at + index < bytes.length) bytes[at + index] = byte;
}
