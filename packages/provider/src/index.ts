import { defineGroup } from "@apoc/terminal/command";

/** The commands of `apoc-provider`, mounted by `apoc` as `apoc provider`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Run pods inside a TEE, meter them, be paid",
  description: `
A provider checks every pod before it starts (signature, chain, images, licenses, grants, terms, funds, protection),
decrypts licensed images inside its TEE, and claims what was metered from the pod's payment channel.`,
  commands: {
    init: { summary: "Write a commented configuration", load: () => import("./commands/init.ts") },
    check: { summary: "Look whether everything needed is there", load: () => import("./commands/check.ts") },
    serve: { summary: "Run pods until stopped", load: () => import("./commands/serve.ts") },
    register: {
      summary: "List this provider in the marketplace",
      load: () => import("./commands/register.ts"),
    },
    pods: { summary: "List the pods of this provider", load: () => import("./commands/pods.ts") },
    earnings: { summary: "Show what the channels owe", load: () => import("./commands/earnings.ts") },
    claim: { summary: "Claim metered costs on chain", load: () => import("./commands/claim.ts") },
    withdraw: { summary: "Take what was claimed", load: () => import("./commands/withdraw.ts") },
    evidence: { summary: "Show this machine's evidence", load: () => import("./commands/evidence.ts") },
    monitor: {
      summary: "Tell other providers which block you see",
      load: () => import("./commands/monitor/group.ts"),
    },
  },
  examples: [
    { text: "Begin", command: "apoc provider init" },
    { text: "Look whether everything is there", command: "apoc provider check" },
    { text: "Serve", command: "apoc provider serve --password-file password.txt" },
  ],
});
