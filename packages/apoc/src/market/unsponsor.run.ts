import { readToken, sendCall } from "@apoc/client";
import { formatAmount, marketplaceAbi } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { parseEventLogs } from "viem";

interface Input {
  readonly args: { readonly listing: bigint };
}

/** Runs `apoc market unsponsor`. */
export async function run(ctx: Context, { args: { listing } }: Input): RunResult {
  const chain = await openChain(ctx);
  const token = await readToken(chain, chain.address("token"));
  const wallet = await openWallet(ctx);
  await ctx.ui.confirm(`End the sponsoring of listing ${listing} by ${wallet.address}?`);
  const { logs, transactionHash } = await sendCall(chain, wallet.signer, {
    address: chain.address("marketplace"),
    abi: marketplaceAbi,
    functionName: "cancelBid",
    args: [listing, token.address, wallet.address],
  });
  const [cancelled] = parseEventLogs({ abi: marketplaceAbi, logs, eventName: "BidCancelled" });
  const refund = cancelled?.args.refund ?? 0n;
  const text = `${formatAmount(refund, token.decimals)} ${token.symbol}`;
  ctx.ui.step("Ended", `${text} came back`);
  ctx.output.result({ listing, refund, transaction: transactionHash }, text);
}
