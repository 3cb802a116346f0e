import { retireListing } from "@apoc/client";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";

interface Input {
  readonly args: { readonly listing: bigint };
}

/** Runs `apoc market retire`. */
export async function run(ctx: Context, { args: { listing } }: Input): RunResult {
  const chain = await openChain(ctx);
  const { signer } = await openWallet(ctx);
  await ctx.ui.confirm(`Retire listing ${listing} on ${chain.network.name} permanently?`);
  const transaction = await retireListing({ chain, signer }, listing);
  ctx.ui.step("Retired", `listing ${listing}`);
  ctx.output.result({ listing, transaction }, transaction);
}
