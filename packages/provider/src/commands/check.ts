import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider check` */
export const command = defineCommand({
  description: `
Checks what a provider needs before it serves: configuration, data folder, wallet file, attester and its evidence,
container engine, RPCs and whether they agree, contract code. Asks for no password and sends nothing.`,
  options: { config: configOption },
  examples: [{ text: "Before the first start", command: "apoc provider check" }],
  run: () => import("./check.run.ts"),
});
