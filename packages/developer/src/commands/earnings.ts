import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev earnings`: read from the chain alone. */
export const command = defineCommand({
  description: "What every channel that names you has earned you, read from the chain. Needs no password.",
  run: () => import("./earnings.run.ts"),
});
