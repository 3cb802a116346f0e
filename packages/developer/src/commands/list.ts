import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev list`: what was published from this data folder. */
export const command = defineCommand({
  run: () => import("./list.run.ts"),
});
