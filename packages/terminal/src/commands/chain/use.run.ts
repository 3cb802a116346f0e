import { ApocError } from "@apoc/errors";
import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { terminalErrors } from "../../errors.ts";

interface Input {
  readonly args: { readonly name: string };
}

/** Runs `apoc chain use`. */
export async function run(ctx: Context, { args: { name } }: Input): RunResult {
  const config = await ctx.config.update((before) => {
    if (before.networks[name] !== undefined) return { ...before, network: name };
    throw new ApocError(terminalErrors.NETWORK_UNKNOWN, {
      field: "name",
      actual: name,
      next: { action: "list-chains" },
    });
  });
  ctx.output.result({ name, chain: config.networks[name]?.chain }, name);
}
