import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev show`: what anybody can read of an image, and the grants that are known here. */
export const command = defineCommand({
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest] or ipfs://CID" } },
  examples: [{ text: "Show an image", command: "apoc dev show registry.example/acme/app:1" }],
  run: () => import("./show.run.ts"),
});
