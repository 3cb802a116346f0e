/** What a pipeline does with one layer, and how its threads talk. Plain data: it crosses threads. */
export interface LayerJob {
  /** Path of the file to read. */
  readonly source: string;
  /** Path of a file that does not exist yet. */
  readonly destination: string;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  /** The HMAC is over the ciphertext: what encryption writes, what decryption reads. */
  readonly hmacOf: "input" | "output";
  readonly inputHash: "sha256" | "sha512";
  /** Reading more is an error. */
  readonly mostBytes: number;
}

/** What a pipeline has found out. */
export interface LayerJobResult {
  /** Bytes, the same in and out: counter mode keeps them. Above `mostBytes` the work was given up. */
  readonly size: number;
  readonly hmac: Uint8Array;
  /** Digest of the input by `inputHash`. */
  readonly input: Uint8Array;
  /** SHA-256 of the output. */
  readonly output: Uint8Array;
}

/** A piece is encrypted, hashed and written while it is in the processor's cache. */
export const pieceSize = 128 * 1024;

/** Pieces between two threads: enough that on a busy machine neither waits for the other's turn. */
export const pieces = 32;

/** Bytes between two reports of progress. */
export const reportEvery = 4 * 1024 * 1024;

/**
 * Memory between the thread that encrypts and the one that hashes: a ring of pieces, each with its input and its output
 * behind one another.
 */
export interface Ring {
  readonly data: SharedArrayBuffer;
  /** Int32: pieces filled, pieces emptied, then the length of each; 0 bytes end the layer. */
  readonly state: SharedArrayBuffer;
}

/** Indexes into the state of a ring. */
export const ringIndex = { filled: 0, emptied: 1, lengths: 2 } as const;

/** A ring with nothing in it. */
export function createRing(): Ring {
  return {
    data: new SharedArrayBuffer(2 * pieces * pieceSize),
    state: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (ringIndex.lengths + pieces)),
  };
}

/** What a thread is told to do. */
export type ThreadTask =
  /** Does everything on its own. */
  | { readonly role: "all"; readonly job: LayerJob }
  /** Reads, encrypts, authenticates, writes and hands over. */
  | { readonly role: "cipher"; readonly job: LayerJob; readonly ring: Ring }
  /** Makes both digests. */
  | { readonly role: "hash"; readonly inputHash: LayerJob["inputHash"]; readonly ring: Ring };

/** What a thread says. */
export type ThreadMessage = { readonly progress: number } | { readonly done: Partial<LayerJobResult> };
