import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod list`: local records, with what the chain says of them. */
export const command = defineCommand({
  options: { all: { flags: "-a, --all", description: "include closed pods" } },
  run: () => import("./list.run.ts"),
});
