import { defineCommand } from "@apoc/terminal";
import { listWallets } from "@apoc/terminal/wallet";

/** `apoc wallet list` */
export const command = defineCommand({
  async run(ctx) {
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
