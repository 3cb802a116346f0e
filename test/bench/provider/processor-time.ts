import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Kernel ticks a second, as `getconf CLK_TCK` says on every Linux. */
const ticks = 100;

/** Seconds of processor time of a process, all its threads, and the children that it waited for (proc(5), stat). */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticks;
}

/** Share of one core that a process takes over some seconds, in percent. */
export async function processorShare(pid: number, seconds: number): Promise<number> {
  const before = processorSeconds(pid);
  const began = performance.now();
  await sleep(seconds * 1000);
  return ((processorSeconds(pid) - before) / ((performance.now() - began) / 1000)) * 100;
}
