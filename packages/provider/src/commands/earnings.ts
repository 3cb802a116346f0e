import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider earnings` */
export const command = defineCommand({
  description:
    "Lists what each channel owes this provider: metered here, claimed on chain, paid out, still to withdraw.",
  options: { config: configOption },
  examples: [{ text: "Show earnings as JSON", command: "apoc provider earnings --json" }],
  run: () => import("./earnings.run.ts"),
});
