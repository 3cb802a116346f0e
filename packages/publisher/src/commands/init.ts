import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod init`. */
export const command = defineCommand({
  options: { out: { flags: "-o, --out <file>", description: "new file, - for stdout", default: "pod.yaml" } },
  examples: [{ text: "Start a manifest", command: "apoc pod init -o pod.yaml" }],
  run: () => import("./init.run.ts"),
});
