import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod close`: stop at the provider, take back the rest. Works without the provider, too. */
export const command = defineCommand({
  description:
    "Asks the provider to stop the pod, take its last payment and end the channel; the rest is returned at once. If the\n" +
    "provider does not answer or does not end the channel, the channel is unlocked, and the rest is returned after the\n" +
    "unlock period: run the command again then, or use --wait now.",
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    wait: {
      flags: "--wait",
      description: "if the channel is unlocked, wait until that ends and withdraw the rest",
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [{ text: "Close a pod", command: "apoc pod close books --wait" }],
  run: () => import("./close.run.ts"),
});
