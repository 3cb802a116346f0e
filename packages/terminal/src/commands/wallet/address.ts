import { defineCommand } from "../../command/index.ts";

/** `apoc wallet address` */
export const command = defineCommand({
  description: "No password is needed, unless the keystore hides its address.",
  examples: [{ text: "Print the address of another wallet", command: "apoc wallet address --wallet alice" }],
  run: () => import("./address.run.ts"),
});
