import { defineCommand } from "@apoc/terminal/command";

/** `apoc wallet list` */
export const command = defineCommand({
  run: () => import("./list.run.ts"),
});
