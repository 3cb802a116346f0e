import { defineCommand } from "@apoc/terminal";
import { parseAddress } from "../chain/parse-address.ts";

interface Row {
  readonly symbol: string;
  readonly token: `0x${string}` | null;
  readonly decimals: number;
  readonly amount: bigint;
}

/** `apoc wallet balance` */
export const command = defineCommand({
  args: { address: { syntax: "[address]", description: "default: the wallet's", parse: parseAddress } },
  examples: [{ text: "Of the default wallet on the default network", command: "apoc wallet balance" }],
  async run(ctx, { args }) {
    // Loaded here so that help needs none of it.
    const [
      { formatAmount },
      { chainError, openChain, readToken, readTokenBalance },
      { openWallet, readWallet, selectWallet },
    ] = await Promise.all([
      import("@apoc/core"),
      import("@apoc/terminal/chain"),
      import("@apoc/terminal/wallet"),
    ]);
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
  },
});
