/** A hash that is fed piecewise. `digest` may be called once. */
export interface HashStream {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}
