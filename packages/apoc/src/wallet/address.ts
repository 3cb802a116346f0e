import { defineCommand } from "@apoc/terminal";
import { openWallet, readWallet, selectWallet } from "@apoc/terminal/wallet";

/** `apoc wallet address` */
export const command = defineCommand({
  description: "No password is needed, unless the keystore hides its address.",
  examples: [{ text: "Of another wallet", command: "apoc wallet address --wallet alice" }],
  async run(ctx) {
    const name = await selectWallet(ctx);
    const address = (await readWallet(ctx, name)).address ?? (await openWallet(ctx)).address;
    ctx.output.result({ name, address }, address);
  },
});
