/** A change to the bytes of one file or field of a case: one of `xor`, `set`, `truncate` and `append`. */
export interface Mutation {
  readonly target: string;
  /** From the start; or `fromEnd`: 1 is the last byte. */
  readonly offset?: number;
  readonly fromEnd?: number;
  readonly xor?: number;
  readonly set?: string;
  readonly truncate?: number;
  readonly append?: string;
}

/** A copy with the change made. Throws for an offset outside of the bytes: the case would test nothing. */
export function mutate(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const { fromEnd, xor, set, truncate, append } = mutation;
  const offset = fromEnd === undefined ? (mutation.offset ?? 0) : bytes.length - fromEnd;
  let result = Uint8Array.from(bytes);
  if (xor !== undefined) {
    const byte = result[offset];
    if (byte === undefined) throw new Error(`no byte ${offset} in ${mutation.target}`);
    result[offset] = byte ^ xor;
  }
  if (set !== undefined) result.set(bytesOfHex(set), offset);
  if (truncate !== undefined) result = result.slice(0, truncate);
  if (append !== undefined) result = Uint8Array.from([...result, ...bytesOfHex(append)]);
  return result;
}

/** Bytes of hexadecimal of any case; none for text that is not hexadecimal. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return new Uint8Array();
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
