import { chainError, readToken, readTokenBalance } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { openChain } from "../../chain/index.ts";
import { openWallet, readWallet, selectWallet } from "../../wallet/index.ts";
import type { Address } from "viem";

interface Row {
  readonly symbol: string;
  readonly token: `0x${string}` | null;
  readonly decimals: number;
  readonly amount: bigint;
}

interface Input {
  readonly args: { readonly address: Address | undefined };
}

/** Runs `apoc wallet balance`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  let { address } = args;
  if (address === undefined) {
    address = (await readWallet(ctx, await selectWallet(ctx))).address ?? (await openWallet(ctx)).address;
  }
  const chain = await openChain(ctx);
  const ether = await chain.client.getBalance({ address }).catch((error: unknown) => {
    throw chainError(error, address);
  });
  const balances: Row[] = [{ symbol: "ETH", token: null, decimals: 18, amount: ether }];
  if (chain.network.token !== undefined) {
    const token = await readToken(chain, chain.network.token);
    const amount = await readTokenBalance(chain, token.address, address);
    balances.push({ symbol: token.symbol, token: token.address, decimals: token.decimals, amount });
  }
  ctx.ui.note(`${address} on ${chain.network.name} (${chain.caip2})`);
  ctx.output.result({ address, chain: chain.caip2, balances }, ({ table }) =>
    table(balances, [
      { title: "AMOUNT", value: ({ amount, decimals }) => formatAmount(amount, decimals), align: "right" },
      { title: "TOKEN", value: ({ symbol }) => symbol },
    ]),
  );
}
