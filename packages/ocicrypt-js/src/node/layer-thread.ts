/**
 * The work of one layer away from the main thread, in plain loops with synchronous input and output: nothing waits here
 * but this layer. Imports only Node's modules and its neighbour, so that it starts fast.
 */
import { createCipheriv, createHash, createHmac, type Hash } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import {
  type LayerJob,
  pieces,
  pieceSize,
  reportEvery,
  type Ring,
  ringIndex,
  type ThreadMessage,
  type ThreadTask,
} from "./layer-job.ts";

// What is thrown ends the thread and is told by its `error` event.
parentPort?.on("message", (task: ThreadTask) => {
  if (task.role === "hash") hashRing(task.inputHash, task.ring);
  else encryptFile(task.job, task.role === "cipher" ? sharedHandover(task.ring) : ownHandover(task.job));
});

/** Where pieces go that are to be hashed. */
interface Handover {
  /** Memory for the next input. */
  input(): Uint8Array;
  /** Takes over the input that was filled, and the output; no bytes at the end. */
  give(input: Uint8Array, output: Uint8Array): void;
  /** Digests, where this thread makes them. */
  readonly digests?: () => { input: Uint8Array; output: Uint8Array };
}

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

/** Encryption and decryption are the same but for what the HMAC is over. */
function encryptFile(job: LayerJob, handover: Handover): void {
  const cipher = createCipheriv("aes-256-ctr", job.key, job.nonce);
  const hmac = createHmac("sha256", job.key);
  // This thread's copy; it may live on for other layers.
  job.key.fill(0);
  const source = openSync(job.source, "r");
  try {
    const destination = openSync(job.destination, "wx", 0o600);
    try {
      let size = 0;
      let reported = 0;
      for (;;) {
        const memory = handover.input();
        const input = memory.subarray(0, readPiece(source, memory));
        size += input.length;
        if (size > job.mostBytes) break;
        const output = cipher.update(input);
        handover.give(input, output);
        if (input.length === 0) break;
        hmac.update(job.hmacOf === "input" ? input : output);
        writePiece(destination, output);
        release(output);
        if (size - reported < reportEvery) continue;
        reported = size;
        say({ progress: size });
      }
      say({ done: { size, hmac: hmac.digest(), ...(size > job.mostBytes ? {} : handover.digests?.()) } });
    } finally {
      closeSync(destination);
    }
  } finally {
    closeSync(source);
  }
}

function ownHandover({ inputHash }: LayerJob): Handover {
  const memory = new Uint8Array(pieceSize);
  const [input, output] = [createHash(inputHash), createHash("sha256")];
  return {
    input: () => memory,
    give(read, made) {
      input.update(read);
      output.update(made);
    },
    digests: () => ({ input: input.digest(), output: output.digest() }),
  };
}

function sharedHandover(ring: Ring): Handover {
  const data = new Uint8Array(ring.data);
  const state = new Int32Array(ring.state);
  let piece = 0;
  const at = () => 2 * pieceSize * (piece % pieces);
  return {
    input() {
      waitWhile(state, ringIndex.emptied, (emptied) => piece - emptied >= pieces);
      return data.subarray(at(), at() + pieceSize);
    },
    give(input, output) {
      data.set(output, at() + pieceSize);
      Atomics.store(state, ringIndex.lengths + (piece % pieces), input.length);
      piece++;
      Atomics.store(state, ringIndex.filled, piece);
      Atomics.notify(state, ringIndex.filled);
    },
  };
}

function hashRing(inputHash: LayerJob["inputHash"], ring: Ring): void {
  const data = new Uint8Array(ring.data);
  const state = new Int32Array(ring.state);
  const [input, output]: Hash[] = [createHash(inputHash), createHash("sha256")];
  for (let piece = 0; ; piece++) {
    waitWhile(state, ringIndex.filled, (filled) => filled <= piece);
    const length = Atomics.load(state, ringIndex.lengths + (piece % pieces));
    if (length === 0) break;
    const at = 2 * pieceSize * (piece % pieces);
    input?.update(data.subarray(at, at + length));
    output?.update(data.subarray(at + pieceSize, at + pieceSize + length));
    Atomics.store(state, ringIndex.emptied, piece + 1);
    Atomics.notify(state, ringIndex.emptied);
  }
  say({ done: { input: input!.digest(), output: output!.digest() } });
}

function waitWhile(state: Int32Array, index: number, holds: (value: number) => boolean): void {
  for (;;) {
    const value = Atomics.load(state, index);
    if (!holds(value)) return;
    Atomics.wait(state, index, value);
  }
}

function readPiece(file: number, memory: Uint8Array): number {
  let length = 0;
  while (length < memory.length) {
    const got = readSync(file, memory, length, memory.length - length, null);
    if (got === 0) break;
    length += got;
  }
  return length;
}

function writePiece(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, null);
}

/**
 * Frees what `cipher.update` gave at once. Left to the garbage collector, 60 MiB of it pile up, and each new piece comes
 * from fresh pages, which halves the speed of encryption.
 */
function release(output: Uint8Array): void {
  const { buffer } = output;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === output.byteLength) buffer.transfer(0);
}
