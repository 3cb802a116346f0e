import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider claim` */
export const command = defineCommand({
  description: `
Claims metered costs on chain now instead of at the next interval. A claim names a cumulative total, so it is safe
while the daemon runs.`,
  args: { channels: { syntax: "[channel...]", description: "channel ids; or --all" } },
  options: { config: configOption, all: { flags: "--all", description: "all channels" } },
  examples: [{ text: "Claim everything", command: "apoc provider claim --all" }],
  run: () => import("./claim.run.ts"),
});
