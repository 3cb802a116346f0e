import { defineCommand } from "@apoc/terminal/command";
import { defaultConfigName } from "../config/config-name.ts";

/** `apoc provider init` */
export const command = defineCommand({
  description: "Writes a commented configuration to begin with. An existing file is left alone.",
  args: { file: { syntax: "[file]", description: `where to; default ${defaultConfigName}` } },
  examples: [{ text: "Begin", command: "apoc provider init" }],
  run: () => import("./init.run.ts"),
});
