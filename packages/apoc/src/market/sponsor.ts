import { defineCommand, parseListing } from "@apoc/terminal";

/** `apoc market sponsor` */
export const command = defineCommand({
  description:
    "A listing's place among the sponsored ones follows from the sum of its bids whose funds last. Your bid is paid by the\n" +
    "second from what you add, ends exactly when that is used up, and can be ended at any time. Given again, the command\n" +
    "changes the rate, adds funds, or both.",
  args: { listing: { syntax: "<number>", description: "any listing", parse: parseListing } },
  options: {
    perDay: { flags: "--per-day <amount>", description: "tokens a day", required: true },
    add: { flags: "--add <amount>", description: "tokens to add to the funds of the bid", default: "0" },
  },
  examples: [{ text: "For thirty days", command: "apoc market sponsor 7 --per-day 1.5 --add 45" }],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { erc20Abi, formatAmount, marketplaceAbi, parseAmount },
      { openChain, readToken, sendCall },
      { openWallet },
    ] = await Promise.all([
      import("@apoc/core"),
      import("@apoc/terminal/chain"),
      import("@apoc/terminal/wallet"),
    ]);
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
      { hint: `apoc market sponsor ${args.listing} --per-day ${options.perDay} --add ${options.add} --yes` },
    );
    if (amount > 0n) {
      const call = { address: token.address, abi: erc20Abi } as const;
      await sendCall(chain, wallet.account, {
        ...call,
        functionName: "approve",
        args: [market.address, amount],
      });
    }
    const { transactionHash } = await sendCall(chain, wallet.account, {
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
  },
});
