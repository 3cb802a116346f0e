import { defineGroup } from "@apoc/terminal/command";

/** `apoc chain` */
export const group = defineGroup({
  summary: "Networks and their contracts",
  description: "A network is a chain, the endpoints to reach it, and the addresses of the contracts on it.",
  commands: {
    add: { summary: "Add a network to the configuration", load: () => import("./add.ts") },
    list: { summary: "List the networks", load: () => import("./list.ts") },
    use: { summary: "Make a network the default", load: () => import("./use.ts") },
    status: { summary: "Show head, age and contracts of the network", load: () => import("./status.ts") },
    serve: { summary: "Serve a development chain with the contracts", load: () => import("./serve.ts") },
  },
  examples: [
    {
      text: "A development chain, as network `local`",
      command: "apoc chain serve --dir chain --fund alice --add local",
    },
    { text: "What the network looks like", command: "apoc chain status" },
  ],
});
