import { sendCall } from "@apoc/client";
import { marketplaceAbi } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";

interface Input {
  readonly args: { readonly listing: bigint };
}

/** Runs `apoc market retire`. */
export async function run(ctx: Context, { args: { listing } }: Input): RunResult {
  const chain = await openChain(ctx);
  const wallet = await openWallet(ctx);
  await ctx.ui.confirm(`Retire listing ${listing} on ${chain.network.name} for ever?`);
  const { transactionHash } = await sendCall(chain, wallet.signer, {
    address: chain.address("marketplace"),
    abi: marketplaceAbi,
    functionName: "retire",
    args: [listing],
  });
  ctx.ui.step("Retired", `listing ${listing}`);
  ctx.output.result({ listing, transaction: transactionHash }, transactionHash);
}
