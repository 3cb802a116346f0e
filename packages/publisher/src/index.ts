import { defineGroup } from "@apoc/terminal/command";

/** The commands of `apoc-pod`, mounted by `apoc` as `apoc pod`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Deploy pods of licensed images and your own, and pay for them",
  description:
    "A pod has any number of containers, with licensed images of several developers and your own side by side. One channel\n" +
    "pays for everything; what does not accrue is returned.",
  commands: {
    init: { summary: "Write a sample manifest", load: () => import("./commands/init.ts") },
    validate: { summary: "Check a manifest", load: () => import("./commands/validate.ts") },
    quote: {
      summary: "Get the checks and the price from a provider",
      load: () => import("./commands/quote.ts"),
    },
    deploy: { summary: "Attest a provider, pay, and run a pod", load: () => import("./commands/deploy.ts") },
    update: { summary: "Change a running pod", load: () => import("./commands/update.ts") },
    list: { summary: "List the pods deployed from here", load: () => import("./commands/list.ts") },
    status: {
      summary: "Show state, runway and spending of a pod",
      load: () => import("./commands/status.ts"),
    },
    logs: {
      summary: "Print the logs of containers",
      aliases: ["log"],
      load: () => import("./commands/logs.ts"),
    },
    fund: { summary: "Add funds to a pod", load: () => import("./commands/fund.ts") },
    close: {
      summary: "Stop a pod and withdraw the rest",
      aliases: ["delete"],
      load: () => import("./commands/close.ts"),
    },
  },
  examples: [
    {
      text: "Get the price",
      command: "apoc pod quote pod.yaml --provider https://provider.example --for 30d",
    },
    { text: "Deploy", command: "apoc pod deploy pod.yaml --provider https://provider.example --for 30d" },
  ],
});
