import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider pods` */
export const command = defineCommand({
  description: "Lists the pods of this provider from its state, also while it serves.",
  options: { config: configOption, all: { flags: "--all", description: "include removed pods" } },
  examples: [{ text: "List pods", command: "apoc provider pods" }],
  run: () => import("./pods.run.ts"),
});
