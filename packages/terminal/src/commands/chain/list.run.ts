import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { redact } from "@apoc/client";

/** Runs `apoc chain list`. */
export async function run(ctx: Context): RunResult {
  const { network: standard, networks } = await ctx.config.load();
  const rows = Object.entries(networks).map(([name, network]) => ({
    name,
    ...network,
    rpc: network.rpc.map(redact),
    default: name === standard,
  }));
  ctx.output.result(rows, ({ table }) =>
    table(rows, [
      { title: "NAME", value: ({ name }) => name },
      { title: "CHAIN", value: ({ chain }) => chain },
      { title: "RPC", value: ({ rpc }) => rpc.join(" ") },
      { title: "DEFAULT", value: (row) => (row.default ? "yes" : "") },
    ]),
  );
}
