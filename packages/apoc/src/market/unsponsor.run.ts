import { readToken, unsponsor } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";

interface Input {
  readonly args: { readonly listing: bigint };
}

/** Runs `apoc market unsponsor`. */
export async function run(ctx: Context, { args: { listing } }: Input): RunResult {
  const chain = await openChain(ctx);
  const token = await readToken(chain, chain.address("token"));
  const { signer, address } = await openWallet(ctx);
  await ctx.ui.confirm(`Stop sponsoring listing ${listing} from ${address}?`);
  const { transaction, refund } = await unsponsor({ chain, signer }, listing);
  const text = `${formatAmount(refund, token.decimals)} ${token.symbol}`;
  ctx.ui.step("Stopped", `${text} returned`);
  ctx.output.result({ listing, refund, transaction }, text);
}
