import { defineCommand } from "@apoc/terminal";

/** `apoc wallet list` */
export const command = defineCommand({
  run: () => import("./list.run.ts"),
});
