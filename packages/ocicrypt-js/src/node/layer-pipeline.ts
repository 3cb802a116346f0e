import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  createRing,
  type LayerJob,
  type LayerJobResult,
  type ThreadMessage,
  type ThreadTask,
} from "./layer-job.ts";

export interface PipelineOptions {
  /**
   * Threads for this layer: 2 by default where the machine has them, one for the cipher and the HMAC, one for the
   * digests. For several layers at a time, give 1: that costs less in all.
   */
  readonly threads?: 1 | 2 | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The thread's file has the same ending as this one: `.ts` from source, `.js` as published. */
const thread = new URL(`./layer-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** A thread needs little memory; without limits, V8 takes what it gets before it collects. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

/**
 * Runs the job in threads of its own; the caller's stays free. The threads end when it does, or when the signal aborts.
 * What it wrote stays: removing it is the caller's part.
 * @throws the reason of the signal, what `progress` throws, errors of the file system
 */
export async function runLayerJob(
  job: LayerJob,
  { threads, signal }: PipelineOptions,
  progress: (bytes: number) => void,
): Promise<LayerJobResult> {
  signal?.throwIfAborted();
  const both = (threads ?? Math.min(2, availableParallelism())) === 2;
  const ring = createRing();
  const tasks: ThreadTask[] = both
    ? [
        { role: "cipher", job, ring },
        { role: "hash", job, ring },
      ]
    : [{ role: "all", job }];
  const workers = tasks.map((workerData) => new Worker(thread, { workerData, resourceLimits, execArgv: [] }));
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const outcomes = workers.map((worker) => outcomeOf(worker, progress));
    const parts = await Promise.race([Promise.all(outcomes), givenUp(outcomes, job), aborted.promise]);
    return Object.assign({}, ...parts) as LayerJobResult;
  } finally {
    signal?.removeEventListener("abort", abort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function outcomeOf(worker: Worker, progress: (bytes: number) => void): Promise<Partial<LayerJobResult>> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: ThreadMessage) => {
      if ("done" in message) return resolve(message.done);
      try {
        return progress(message.progress);
      } catch (error) {
        return reject(error as Error);
      }
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`a thread ended with code ${code}`)));
  });
}

/** When the input is too long, the digests never come. */
async function givenUp(
  [cipher]: readonly Promise<Partial<LayerJobResult>>[],
  job: LayerJob,
): Promise<Partial<LayerJobResult>[]> {
  const done = await cipher;
  if (done !== undefined && (done.size ?? 0) > job.mostBytes) return [done];
  return new Promise<never>(() => {});
}
