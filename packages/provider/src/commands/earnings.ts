import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider earnings` */
export const command = defineCommand({
  description: "What each channel owes this provider: metered here, claimed on chain, paid out, to withdraw.",
  options: { config: configOption },
  examples: [{ text: "What was earned", command: "apoc provider earnings --json" }],
  run: () => import("./earnings.run.ts"),
});
