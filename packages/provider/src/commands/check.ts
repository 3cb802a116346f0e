import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider check` */
export const command = defineCommand({
  description: `
Looks at everything a provider needs before it serves: configuration, data folder, wallet file, attester and its
evidence, container engine, RPCs and their agreement, contract code. No password is asked and nothing is sent.`,
  options: { config: configOption },
  examples: [{ text: "Before the first start", command: "apoc provider check" }],
  run: () => import("./check.run.ts"),
});
