import { defineCommand, parseListing } from "@apoc/terminal";

/** `apoc market retire` */
export const command = defineCommand({
  description: "For ever; who wants to be listed again registers anew. Sponsors stop paying in that second.",
  args: { listing: { syntax: "<number>", description: "a listing of yours", parse: parseListing } },
  examples: [{ text: "Take it out", command: "apoc market retire 7" }],
  async run(ctx, { args: { listing } }) {
    // Loaded here so that help needs none of it.
    const [{ marketplaceAbi }, { openChain, sendCall }, { openWallet }] = await Promise.all([
      import("@apoc/core"),
      import("@apoc/terminal/chain"),
      import("@apoc/terminal/wallet"),
    ]);
    const chain = await openChain(ctx);
    const wallet = await openWallet(ctx);
    await ctx.ui.confirm(`Retire listing ${listing} on ${chain.network.name} for ever?`, {
      hint: `apoc market retire ${listing} --yes`,
    });
    const { transactionHash } = await sendCall(chain, wallet.account, {
      address: chain.address("marketplace"),
      abi: marketplaceAbi,
      functionName: "retire",
      args: [listing],
    });
    ctx.ui.step("Retired", `listing ${listing}`);
    ctx.output.result({ listing, transaction: transactionHash }, transactionHash);
  },
});
