import type { Context, RunResult } from "@apoc/terminal";
import type { PodRecord, State } from "../state/index.ts";
import { openSqliteState } from "../state/sqlite/index.ts";
import { readConfig } from "./read-config.ts";

interface Input {
  readonly options: { readonly config: string; readonly all: boolean };
}

/** Runs `apoc provider pods`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const state = await openSqliteState(config.dataDir, { readOnly: true });
  try {
    const pods = await (options.all ? state.pods.all() : state.pods.live());
    const rows = await Promise.all(
      pods.map(async (pod) => ({
        podId: pod.podId,
        name: pod.name,
        state: pod.state,
        generation: pod.generation,
        publisher: pod.publisher,
        channels: pod.channels.map(({ id }) => id),
        ...(await usageOf(pod, state.usage)),
        reason: pod.reason ?? null,
      })),
    );
    ctx.output.result(rows, ({ table }) =>
      table(rows, [
        { title: "PUBLISHER", value: (row) => row.publisher },
        { title: "POD", value: (row) => row.podId },
        { title: "NAME", value: (row) => row.name },
        { title: "STATE", value: (row) => row.state },
        { title: "SECONDS", value: (row) => String(row.runningSeconds) },
        { title: "METERED", value: (row) => row.metered.toString() },
        { title: "CLAIMED", value: (row) => row.claimed.toString() },
        { title: "REASON", value: (row) => row.reason?.code ?? "" },
      ]),
    );
  } finally {
    await state.close();
  }
}

/** Sums over all channels of a pod. */
async function usageOf({ channels }: PodRecord, usage: State["usage"]) {
  const sums = { runningSeconds: 0, metered: 0n, claimed: 0n };
  for (const { id } of channels) {
    sums.runningSeconds += Math.floor((await usage.milliseconds(id)) / 1000);
    sums.metered += await usage.total(id);
    sums.claimed += await usage.claimed(id);
  }
  return sums;
}
