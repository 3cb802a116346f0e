import { defineCommand } from "@apoc/terminal";
import { readWallet } from "@apoc/terminal/wallet";

/** `apoc wallet use` */
export const command = defineCommand({
  args: { name: { syntax: "<name>", description: "name of the wallet" } },
  async run(ctx, { args }) {
    const { name, address } = await readWallet(ctx, args.name);
    await ctx.config.update((config) => ({ ...config, wallet: name }));
    ctx.output.result({ name, address: address ?? null }, `${name}  ${address ?? "hidden"}`);
  },
});
