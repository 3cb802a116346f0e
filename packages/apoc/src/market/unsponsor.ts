import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc market unsponsor` */
export const command = defineCommand({
  args: { listing: { syntax: "<number>", description: "a listing that you sponsor", parse: parseListing } },
  examples: [{ text: "Stop sponsoring", command: "apoc market unsponsor 7" }],
  run: () => import("./unsponsor.run.ts"),
});
