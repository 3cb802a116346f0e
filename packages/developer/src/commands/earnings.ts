import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev earnings`: read from the chain alone. */
export const command = defineCommand({
  description: "Shows what each channel that pays you has earned, read from the chain. Needs no password.",
  run: () => import("./earnings.run.ts"),
});
