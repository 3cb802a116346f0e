import { defineCommand } from "@apoc/terminal";

/** `apoc wallet use` */
export const command = defineCommand({
  args: { name: { syntax: "<name>", description: "name of the wallet" } },
  async run(ctx, { args }) {
    // Loaded here so that help needs none of it.
    const { readWallet } = await import("@apoc/terminal/wallet");
    const { name, address } = await readWallet(ctx, args.name);
    await ctx.config.update((config) => ({ ...config, wallet: name }));
    ctx.output.result({ name, address: address ?? null }, `${name}  ${address ?? "hidden"}`);
  },
});
