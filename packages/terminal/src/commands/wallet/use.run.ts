import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { readWallet } from "../../wallet/index.ts";

interface Input {
  readonly args: { readonly name: string };
}

/** Runs `apoc wallet use`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const { name, address } = await readWallet(ctx, args.name);
  await ctx.config.update((config) => ({ ...config, wallet: name }));
  ctx.output.result({ name, address: address ?? null }, `${name}  ${address ?? "hidden"}`);
}
