import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider serve` */
export const command = defineCommand({
  description: `
Runs pods until it is stopped. On SIGTERM or Ctrl-C it takes no more requests, takes last readings, claims what was
earned, and ends; the pods run on and the next start adopts them.`,
  options: {
    config: configOption,
    removePods: { flags: "--remove-pods", description: "at the end, remove the pods' containers" },
  },
  examples: [
    { text: "Serve", command: "apoc provider serve --config provider.yaml --password-file password.txt" },
  ],
  server: true,
  run: () => import("./serve.run.ts"),
});
