import { equalBytes } from "@apoc/encoding";

/**
 * Memory for what pure functions make of byte strings and texts: parsed certificates, lists and documents, imported
 * keys. Evidence of one platform repeats most of them. Never for a verdict: signatures, dates and revocation are judged
 * again each time.
 *
 * A value is found only by a key with exactly the same content, of which the memory holds a copy of its own, so that
 * a caller may do with its bytes what it likes. It holds a limited number of entries and gives up the one that was not
 * asked for longest. Anyone who fills it with other bytes gains nothing but the time that it saves.
 */
export class Memo<Key extends Uint8Array | string, Value> {
  readonly #limit: number;
  readonly #entries: Entry<Key, Value>[] = [];
  #time = 0;

  /** @param limit most entries */
  constructor(limit: number) {
    this.#limit = limit;
    memos.push(this);
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** What was kept for a key with this content. */
  find(key: Key): Value | undefined {
    const entry = this.#entries.find((known) => sameKey(known.key, key));
    if (entry === undefined) return undefined;
    entry.asked = ++this.#time;
    return entry.value;
  }

  /** Keeps a value, which nobody may change from here on, for a key that the caller hands over. */
  keep(key: Key, value: Value): Value {
    if (this.find(key) !== undefined) return value;
    const entry = { key, value, asked: ++this.#time };
    if (this.#entries.length < this.#limit) this.#entries.push(entry);
    else {
      const oldest = this.#entries.reduce(
        (least, { asked }, index, all) => (asked < all[least]!.asked ? index : least),
        0,
      );
      this.#entries[oldest] = entry;
    }
    return value;
  }

  /** Gives up all entries. */
  clear(): void {
    this.#entries.length = 0;
  }
}

interface Entry<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  /** When it was asked for last: a number that grows. */
  asked: number;
}

const memos: { readonly size: number; clear(): void }[] = [];

/** Empties the caches, so that the next verification reads everything again: for measurements and tests. */
export function clearMemos(): void {
  for (const memo of memos) memo.clear();
}

/** How much is remembered: for tests. */
export function memoSizes(): number[] {
  return memos.map(({ size }) => size);
}

/**
 * A pure reader of byte strings that remembers. It reads a copy of its own, another one than the key; what it throws is
 * not remembered.
 */
export function remembered<Value>(
  limit: number,
  read: (own: Uint8Array<ArrayBuffer>) => Value,
): (bytes: Uint8Array) => Value {
  const memo = new Memo<Uint8Array, Value>(limit);
  return (bytes) => {
    const known = memo.find(bytes);
    if (known !== undefined) return known;
    const own = new Uint8Array(bytes);
    return memo.keep(own, read(new Uint8Array(own)));
  };
}

/** As {@link remembered}, for readers that are asynchronous. What they reject with is not remembered. */
export function rememberedLater<Value>(
  limit: number,
  read: (own: Uint8Array<ArrayBuffer>) => Promise<Value>,
): (bytes: Uint8Array) => Promise<Value> {
  const memo = new Memo<Uint8Array, Value>(limit);
  return async (bytes) => {
    const known = memo.find(bytes);
    if (known !== undefined) return known;
    const own = new Uint8Array(bytes);
    return memo.keep(own, await read(new Uint8Array(own)));
  };
}

/** A pure reader of objects that are never changed, which remembers for as long as the object is there. */
export function derived<From extends object, Value>(read: (from: From) => Value): (from: From) => Value {
  const known = new WeakMap<From, { readonly value: Value }>();
  return (from) => {
    const found = known.get(from) ?? { value: read(from) };
    known.set(from, found);
    return found.value;
  };
}

function sameKey(one: Uint8Array | string, other: Uint8Array | string): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  // Certificates begin alike, but end with a signature.
  return one.length === other.length && one.at(-1) === other.at(-1) && equalBytes(one, other);
}
