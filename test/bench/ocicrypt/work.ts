/** Encrypts or decrypts layers in a process of its own, so that its memory can be told. The last argument is a JSON `Work`. */
import { readFile } from "node:fs/promises";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import {
  decryptLayer,
  type EncryptedLayer,
  encryptLayer,
  type PlainLayer,
  type PrivateJwk,
  type PublicJwk,
} from "ocicrypt-js";
import { decryptLayerFile, encryptLayerFile } from "ocicrypt-js/node";

/** Layers to be worked on all at the same time. */
export interface Work {
  readonly encrypt?: readonly { readonly layer: PlainLayer; readonly from: string; readonly to: string }[];
  readonly decrypt?: readonly {
    readonly layer: EncryptedLayer;
    readonly from: string;
    readonly to: string;
    readonly diffId?: `sha256:${string}`;
  }[];
  readonly recipient: PublicJwk;
  readonly key: PrivateJwk;
  readonly threads?: 1 | 2;
  /** One layer after the other instead. */
  readonly inTurn?: boolean;
  /** By streams, in the thread of the program, instead of from file to file. */
  readonly streams?: boolean;
}

/** What it prints. */
export interface WorkResult {
  /** Without the start of the process. */
  readonly seconds: number;
  /** Time of the processors outside the kernel, all threads. */
  readonly processorSeconds: number;
  /** Greatest resident set of the process, bytes. */
  readonly peakMemory: number;
  readonly encrypted: readonly EncryptedLayer[];
  /** Digests of the decrypted layers; streams tell none. */
  readonly decrypted: readonly (string | undefined)[];
}

const work = JSON.parse(process.argv.at(-1) ?? "") as Work;
const { recipient, key, threads } = work;
const [start, used] = [performance.now(), process.cpuUsage()];
const encrypted = await each(work.encrypt ?? [], async ({ layer, from, to }) => {
  const options = { recipients: [recipient], threads };
  if (work.streams !== true) return encryptLayerFile(layer, from, to, options);
  const encryption = encryptLayer(layer, createReadStream(from), options);
  await pipeline(encryption.content, createWriteStream(to));
  return encryption.result();
});
const decrypted = await each(work.decrypt ?? [], async ({ layer, from, to, diffId }) => {
  const options = { keys: [key], threads, diffId };
  if (work.streams !== true) return (await decryptLayerFile(layer, from, to, options)).digest;
  await pipeline(
    decryptLayer(layer, () => createReadStream(from), options),
    createWriteStream(to),
  );
  return undefined;
});
const seconds = (performance.now() - start) / 1000;
const processorSeconds = process.cpuUsage(used).user / 1e6;
const status = await readFile("/proc/self/status", "utf8");
const peakMemory = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
const result: WorkResult = { seconds, processorSeconds, peakMemory, encrypted, decrypted };
process.stdout.write(JSON.stringify(result));

async function each<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  if (work.inTurn !== true) return Promise.all(items.map(run));
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}
