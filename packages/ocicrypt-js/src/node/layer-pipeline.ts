import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import {
  createRing,
  type LayerJob,
  type LayerJobResult,
  type ThreadMessage,
  type ThreadTask,
} from "./layer-job.ts";
import { endThreads, keepThreads, takeThreads } from "./thread-pool.ts";

/** Bytes of a layer that is done before a second thread has started. */
const small = 16 * 1024 * 1024;

export interface PipelineOptions {
  /**
   * Threads for this layer: by default 2 where the machine has them, one for the cipher and the HMAC, one for the
   * digests; 1 when the layer is known to be small. For several layers at a time, give 1: that costs less in all.
   */
  readonly threads?: 1 | 2 | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the job in threads of its own; the caller's stays free. They are kept for the next job, or ended when this one
 * fails or is aborted. What it wrote stays: removing it is the caller's part.
 * @throws the reason of the signal, what `progress` throws, errors of the file system
 */
export async function runLayerJob(
  job: LayerJob,
  { threads, signal }: PipelineOptions,
  progress: (bytes: number) => void,
): Promise<LayerJobResult> {
  signal?.throwIfAborted();
  const several = availableParallelism() > 1 && job.mostBytes > small;
  const both = threads === undefined ? several : threads === 2;
  const ring = createRing();
  const tasks: ThreadTask[] = both
    ? [
        { role: "cipher", job, ring },
        { role: "hash", inputHash: job.inputHash, ring },
      ]
    : [{ role: "all", job }];
  const workers = takeThreads(tasks.length);
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const outcomes = workers.map((worker) => outcomeOf(worker, progress));
    for (const [i, worker] of workers.entries()) worker.postMessage(tasks[i]);
    const parts = await Promise.race([Promise.all(outcomes), givenUp(outcomes, job), aborted.promise]);
    // A thread without result is still waiting for bytes that will not come.
    await (parts.length === tasks.length ? keepThreads(workers) : endThreads(workers));
    return Object.assign({}, ...parts) as LayerJobResult;
  } catch (error) {
    await endThreads(workers);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
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
