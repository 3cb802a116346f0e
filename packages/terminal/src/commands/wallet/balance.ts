import { defineCommand } from "../../command/index.ts";
import { parseAddress } from "../../values/address.ts";

/** `apoc wallet balance` */
export const command = defineCommand({
  args: { address: { syntax: "[address]", description: "default: the wallet's", parse: parseAddress } },
  examples: [{ text: "Show the default wallet on the default network", command: "apoc wallet balance" }],
  run: () => import("./balance.run.ts"),
});
