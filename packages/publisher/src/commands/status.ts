import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod status`: what this machine, the provider and the chain know. */
export const command = defineCommand({
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [{ text: "Show a pod", command: "apoc pod status books" }],
  run: () => import("./status.run.ts"),
});
