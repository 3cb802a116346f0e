import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod fund`: adds to the deposit, and cancels a running unlock. */
export const command = defineCommand({
  description: "Adds funds to a pod's channel. While it is being closed, this cancels the closing.",
  args: {
    pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" },
    amount: { syntax: "<amount>", description: "in whole tokens, e.g. 12.5" },
  },
  examples: [{ text: "Add funds", command: "apoc pod fund books 12.5" }],
  run: () => import("./fund.run.ts"),
});
