import { defineCommand } from "@apoc/terminal";

/** `apoc wallet address` */
export const command = defineCommand({
  description: "No password is needed, unless the keystore hides its address.",
  examples: [{ text: "Of another wallet", command: "apoc wallet address --wallet alice" }],
  async run(ctx) {
    // Loaded here so that help needs none of it.
    const { openWallet, readWallet, selectWallet } = await import("@apoc/terminal/wallet");
    const name = await selectWallet(ctx);
    const address = (await readWallet(ctx, name)).address ?? (await openWallet(ctx)).address;
    ctx.output.result({ name, address }, address);
  },
});
