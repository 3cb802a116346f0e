import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { openWallet, readWallet, selectWallet } from "../../wallet/index.ts";

/** Runs `apoc wallet address`. */
export async function run(ctx: Context): RunResult {
  const name = await selectWallet(ctx);
  const address = (await readWallet(ctx, name)).address ?? (await openWallet(ctx)).address;
  ctx.output.result({ name, address }, address);
}
