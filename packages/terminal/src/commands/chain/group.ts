import { defineGroup } from "../../command/index.ts";

/** `apoc chain`, without what only `apoc` has. */
export const group = defineGroup({
  summary: "Manage networks",
  description: "A network is a chain, the endpoints to reach it, and the addresses of the contracts on it.",
  commands: {
    add: { summary: "Add a network to the configuration", load: () => import("./add.ts") },
    list: { summary: "List the networks", load: () => import("./list.ts") },
    use: { summary: "Make a network the default", load: () => import("./use.ts") },
    status: { summary: "Show head, age and contracts of the network", load: () => import("./status.ts") },
  },
  examples: [{ text: "Check the default network", command: "apoc chain status" }],
});
