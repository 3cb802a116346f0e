import { defineCommand } from "../../command/index.ts";

/** `apoc wallet use` */
export const command = defineCommand({
  args: { name: { syntax: "<name>", description: "name of the wallet" } },
  run: () => import("./use.run.ts"),
});
