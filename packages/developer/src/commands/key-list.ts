import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev key list`. */
export const command = defineCommand({
  description: "Keys are encrypted at rest with the wallet; this list needs no password.",
  run: () => import("./key-list.run.ts"),
});
