import { defineCommand } from "../../command/index.ts";

/** `apoc chain use` */
export const command = defineCommand({
  args: { name: { syntax: "<name>", description: "name of the network" } },
  run: () => import("./use.run.ts"),
});
