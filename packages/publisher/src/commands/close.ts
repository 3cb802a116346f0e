import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod close`: stop at the provider, take back the rest. Works without the provider, too. */
export const command = defineCommand({
  description:
    "Has the provider stop the pod, take its last payment and end the channel; what is left is yours at once. Where the\n" +
    "provider does not answer or does not end the channel, it is unlocked, and the rest is yours after the unlock\n" +
    "period: give the command again then, or --wait now.",
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    wait: {
      flags: "--wait",
      description: "where the channel is unlocked, wait for the end of that and take back the rest",
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [{ text: "Close a pod", command: "apoc pod close books --wait" }],
  run: () => import("./close.run.ts"),
});
