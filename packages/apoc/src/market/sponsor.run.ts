import { executeSponsor, planSponsor, readToken } from "@apoc/client";
import { formatAmount, parseAmount } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";

interface Input {
  readonly args: { readonly listing: bigint };
  readonly options: { readonly perDay: string; readonly add: string };
}

/** The last second of dates: a bid of next to nothing may last longer. */
const lastSecond = 8_640_000_000_000n;

/** Runs `apoc market sponsor`. */
export async function run(ctx: Context, { args: { listing }, options }: Input): RunResult {
  const chain = await openChain(ctx);
  const { decimals, symbol } = await readToken(chain, chain.address("token"));
  const perDay = parseAmount(options.perDay, decimals, "--per-day");
  const amount = parseAmount(options.add, decimals, "--add");
  const { signer, address } = await openWallet(ctx);
  const plan = await planSponsor({ chain, signer }, { listing, perDay, amount });
  const added = `${formatAmount(amount, decimals)} ${symbol}`;
  await ctx.ui.confirm(
    `Sponsor listing ${listing} on ${chain.network.name} (${chain.caip2}) from ${address} with ${options.perDay} ${symbol} a day, adding ${added}?`,
  );
  const { transaction, end } = await executeSponsor({ chain, signer }, plan);
  const lasts = end > lastSecond ? "beyond all dates" : new Date(Number(end) * 1000).toISOString();
  ctx.ui.step("Sponsored", `${added} added, lasts until ${lasts}`);
  ctx.output.result({ listing, rate: plan.rate, amount, end, transaction }, lasts);
}
