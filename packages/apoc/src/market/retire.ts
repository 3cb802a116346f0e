import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc market retire` */
export const command = defineCommand({
  description: "For ever; who wants to be listed again registers anew. Sponsors stop paying in that second.",
  args: { listing: { syntax: "<number>", description: "a listing of yours", parse: parseListing } },
  examples: [{ text: "Take it out", command: "apoc market retire 7" }],
  run: () => import("./retire.run.ts"),
});
