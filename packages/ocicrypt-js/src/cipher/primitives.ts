/** An AES-256-CTR key stream position; encryption and decryption are the same. */
export interface CounterStream {
  update(chunk: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A hash or HMAC that is fed piecewise; `digest` may be called once. */
export interface HashStream {
  update(chunk: Uint8Array): void;
  digest(): Uint8Array;
}
