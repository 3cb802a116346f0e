import { defineCommand } from "@apoc/terminal";

/** `apoc wallet list` */
export const command = defineCommand({
  async run(ctx) {
    // Loaded here so that help needs none of it.
    const { listWallets } = await import("@apoc/terminal/wallet");
    const standard = ctx.flags.wallet ?? (await ctx.config.load()).wallet;
    const wallets = (await listWallets(ctx)).map(({ name, address, path }) => ({
      name,
      address: address ?? null,
      path,
      default: name === standard,
    }));
    ctx.output.result(wallets, ({ table }) =>
      table(wallets, [
        { title: "NAME", value: ({ name }) => name },
        { title: "ADDRESS", value: ({ address }) => address ?? "hidden" },
        { title: "DEFAULT", value: (wallet) => (wallet.default ? "yes" : "") },
      ]),
    );
  },
});
