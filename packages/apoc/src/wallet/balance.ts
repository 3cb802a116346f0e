import { defineCommand } from "@apoc/terminal/command";
import { parseAddress } from "@apoc/terminal/address";

/** `apoc wallet balance` */
export const command = defineCommand({
  args: { address: { syntax: "[address]", description: "default: the wallet's", parse: parseAddress } },
  examples: [{ text: "Of the default wallet on the default network", command: "apoc wallet balance" }],
  run: () => import("./balance.run.ts"),
});
