import { defineGroup } from "@apoc/terminal/command";

/** The commands of `apoc-provider`, mounted by `apoc` as `apoc provider`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Run pods inside a TEE and get paid for them",
  description: `
A provider checks every pod before it starts (signature, chain, images, licenses, grants, terms, funds, protection),
decrypts licensed images inside its TEE, meters what runs, and claims it from the pod's payment channel.`,
  commands: {
    init: { summary: "Write a commented configuration file", load: () => import("./commands/init.ts") },
    check: { summary: "Check that this machine is ready", load: () => import("./commands/check.ts") },
    serve: { summary: "Run pods until stopped", load: () => import("./commands/serve.ts") },
    register: {
      summary: "List this provider in the marketplace",
      load: () => import("./commands/register.ts"),
    },
    pods: { summary: "List the pods of this provider", load: () => import("./commands/pods.ts") },
    earnings: {
      summary: "Show what channels owe this provider",
      load: () => import("./commands/earnings.ts"),
    },
    claim: { summary: "Claim metered costs on chain", load: () => import("./commands/claim.ts") },
    withdraw: { summary: "Withdraw what was claimed", load: () => import("./commands/withdraw.ts") },
    evidence: { summary: "Print this machine's evidence", load: () => import("./commands/evidence.ts") },
    monitor: {
      summary: "Sign the blocks you see for other providers",
      load: () => import("./commands/monitor/group.ts"),
    },
  },
  examples: [
    { text: "Write a configuration file", command: "apoc provider init" },
    { text: "Check that this machine is ready", command: "apoc provider check" },
    { text: "Serve", command: "apoc provider serve --password-file password.txt" },
  ],
});
