import { defineCommand } from "../../command/index.ts";

/** `apoc chain status` */
export const command = defineCommand({
  examples: [{ text: "Show another network", command: "apoc chain status --network local" }],
  run: () => import("./status.run.ts"),
});
