import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider serve` */
export const command = defineCommand({
  description: `
Runs pods until it is stopped. On SIGTERM or Ctrl-C it accepts no more requests, takes last readings, claims what was
earned, and exits; the pods keep running and the next start adopts them.`,
  options: {
    config: configOption,
    removePods: { flags: "--remove-pods", description: "remove the pods' containers on exit" },
  },
  examples: [
    { text: "Serve", command: "apoc provider serve --config provider.yaml --password-file password.txt" },
  ],
  server: true,
  run: () => import("./serve.run.ts"),
});
