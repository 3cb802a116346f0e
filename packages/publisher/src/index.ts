import { defineGroup } from "@apoc/terminal/command";

/** The commands of `apoc-pod`, mounted by `apoc` as `apoc pod`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Deploy pods of licensed and own images, and pay for them",
  description:
    "A pod is any number of containers, licensed images of several developers and your own side by side. One channel\n" +
    "pays for all of it: what does not accrue comes back.",
  commands: {
    init: { summary: "Write a sample manifest", load: () => import("./commands/init.ts") },
    validate: { summary: "Check a manifest", load: () => import("./commands/validate.ts") },
    quote: { summary: "Ask a provider for checks and price", load: () => import("./commands/quote.ts") },
    deploy: { summary: "Attest a provider, pay, and run a pod", load: () => import("./commands/deploy.ts") },
    update: { summary: "Change a running pod", load: () => import("./commands/update.ts") },
    list: { summary: "List the pods deployed from here", load: () => import("./commands/list.ts") },
    status: {
      summary: "Show state, runway and spending of a pod",
      load: () => import("./commands/status.ts"),
    },
    logs: {
      summary: "Print what containers write",
      aliases: ["log"],
      load: () => import("./commands/logs.ts"),
    },
    fund: { summary: "Add funds to a pod", load: () => import("./commands/fund.ts") },
    close: {
      summary: "Stop a pod and take back the rest",
      aliases: ["delete"],
      load: () => import("./commands/close.ts"),
    },
  },
  examples: [
    {
      text: "Ask for the price",
      command: "apoc pod quote pod.yaml --provider https://provider.example --for 30d",
    },
    { text: "Deploy", command: "apoc pod deploy pod.yaml --provider https://provider.example --for 30d" },
  ],
});
