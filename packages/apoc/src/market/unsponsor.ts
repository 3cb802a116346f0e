import { defineCommand, parseListing } from "@apoc/terminal";

/** `apoc market unsponsor` */
export const command = defineCommand({
  args: { listing: { syntax: "<number>", description: "the listing that you sponsor", parse: parseListing } },
  examples: [{ text: "End it", command: "apoc market unsponsor 7" }],
  async run(ctx, { args: { listing } }) {
    // Loaded here so that help needs none of it.
    const [
      { formatAmount, marketplaceAbi },
      { parseEventLogs },
      { openChain, readToken, sendCall },
      { openWallet },
    ] = await Promise.all([
      import("@apoc/core"),
      import("viem"),
      import("@apoc/terminal/chain"),
      import("@apoc/terminal/wallet"),
    ]);
    const chain = await openChain(ctx);
    const token = await readToken(chain, chain.address("token"));
    const wallet = await openWallet(ctx);
    await ctx.ui.confirm(`End the sponsoring of listing ${listing} by ${wallet.address}?`, {
      hint: `apoc market unsponsor ${listing} --yes`,
    });
    const { logs, transactionHash } = await sendCall(chain, wallet.account, {
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
  },
});
