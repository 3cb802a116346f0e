import { defineCommand } from "@apoc/terminal/command";
import { defaultConfigName } from "../config/config-name.ts";

/** `apoc provider init` */
export const command = defineCommand({
  description: "Writes a commented configuration file. Never overwrites a file.",
  args: { file: { syntax: "[file]", description: `destination; default: ${defaultConfigName}` } },
  examples: [{ text: "Write provider.yaml", command: "apoc provider init" }],
  run: () => import("./init.run.ts"),
});
