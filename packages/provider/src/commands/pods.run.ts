import type { Context, RunResult } from "@apoc/terminal";
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
        id: pod.id,
        name: pod.name,
        state: pod.state,
        generation: pod.generation,
        publisher: pod.channel.header.publisher,
        runningSeconds: Math.floor((await state.usage.milliseconds(pod.id)) / 1000),
        metered: await state.usage.total(pod.id),
        claimed: await state.usage.claimed(pod.id),
        reason: pod.reason ?? null,
      })),
    );
    ctx.output.result(rows, ({ table }) =>
      table(rows, [
        { title: "ID", value: (row) => row.id },
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
