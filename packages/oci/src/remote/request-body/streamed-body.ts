/** A body that is sent while it is made. */
export interface StreamedBody {
  /** Bytes. */
  readonly size: number;
  /** Returns the bytes from the first on, at each call; `onPiece` is told of each piece. */
  open(onPiece: () => void): ReadableStream<Uint8Array>;
}
