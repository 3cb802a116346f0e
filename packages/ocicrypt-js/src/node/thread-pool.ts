import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** The thread's file has the same ending as this one: `.ts` from source, `.js` as published. */
const file = new URL(`./layer-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** A thread needs little memory; without limits, V8 takes what it gets before it collects. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

/** A start takes as long as 20 MiB of a layer, so some threads are kept; each has about 12 MiB. */
const mostIdle = Math.min(4, Math.max(2, availableParallelism()));
const idle: Worker[] = [];

/** Threads with nothing to do, kept ones first. */
export function takeThreads(count: number): Worker[] {
  return Array.from({ length: count }, () => {
    const worker = idle.pop() ?? new Worker(file, { resourceLimits, execArgv: [] });
    worker.removeAllListeners();
    worker.ref();
    return worker;
  });
}

/** Keeps threads that have done their work; idle ones do not keep the process. */
export async function keepThreads(workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) {
    if (idle.length >= mostIdle) {
      await endThreads([worker]);
      continue;
    }
    worker.removeAllListeners();
    worker.once("exit", () => idle.splice(0, idle.length, ...idle.filter((other) => other !== worker)));
    worker.unref();
    idle.push(worker);
  }
}

/** Ends threads, whatever they are doing. */
export async function endThreads(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()));
}
