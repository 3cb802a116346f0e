import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc market unsponsor` */
export const command = defineCommand({
  args: { listing: { syntax: "<number>", description: "the listing that you sponsor", parse: parseListing } },
  examples: [{ text: "End it", command: "apoc market unsponsor 7" }],
  run: () => import("./unsponsor.run.ts"),
});
