import { defineCommand } from "../../command/index.ts";

/** `apoc wallet list` */
export const command = defineCommand({
  run: () => import("./list.run.ts"),
});
