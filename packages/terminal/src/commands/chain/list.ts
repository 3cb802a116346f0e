import { defineCommand } from "../../command/index.ts";

/** `apoc chain list` */
export const command = defineCommand({
  description: "Shows only the host of endpoints, since paths and queries may contain keys.",
  run: () => import("./list.run.ts"),
});
