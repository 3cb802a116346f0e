import type { Context, RunResult } from "@apoc/terminal";
import { openWallet, readWallet, selectWallet } from "@apoc/terminal/wallet";

/** Runs `apoc wallet address`. */
export async function run(ctx: Context): RunResult {
  const name = await selectWallet(ctx);
  const address = (await readWallet(ctx, name)).address ?? (await openWallet(ctx)).address;
  ctx.output.result({ name, address }, address);
}
