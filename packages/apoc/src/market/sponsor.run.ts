import { readToken, sendCall } from "@apoc/client";
import { erc20Abi, formatAmount, marketplaceAbi, parseAmount } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";

interface Input {
  readonly args: { readonly listing: bigint };
  readonly options: { readonly perDay: string; readonly add: string };
}

/** Runs `apoc market sponsor`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const chain = await openChain(ctx);
  const token = await readToken(chain, chain.address("token"));
  const market = { address: chain.address("marketplace"), abi: marketplaceAbi } as const;
  // Rounded up by less than 2^-32 base units a second, so that days cost exactly their price.
  const rate = ((parseAmount(options.perDay, token.decimals, "--per-day") << 32n) + 86_399n) / 86_400n;
  const amount = parseAmount(options.add, token.decimals, "--add");
  const wallet = await openWallet(ctx);
  const added = `${formatAmount(amount, token.decimals)} ${token.symbol}`;
  await ctx.ui.confirm(
    `Sponsor listing ${args.listing} on ${chain.network.name} (${chain.caip2}) from ${wallet.address} with ${options.perDay} ${token.symbol} a day, adding ${added}?`,
  );
  if (amount > 0n) {
    const call = { address: token.address, abi: erc20Abi } as const;
    await sendCall(chain, wallet.signer, {
      ...call,
      functionName: "approve",
      args: [market.address, amount],
    });
  }
  const { transactionHash } = await sendCall(chain, wallet.signer, {
    ...market,
    functionName: "bid",
    args: [args.listing, token.address, rate, amount],
  });
  const end = await chain.client.readContract({
    ...market,
    functionName: "bidEnd",
    args: [args.listing, token.address, wallet.address],
  });
  // A bid of next to nothing may last longer than dates go.
  const lasts = end > 8_640_000_000_000n ? "beyond all dates" : new Date(Number(end) * 1000).toISOString();
  ctx.ui.step("Sponsored", `${added} added, lasts until ${lasts}`);
  ctx.output.result({ listing: args.listing, rate, amount, end, transaction: transactionHash }, lasts);
}
