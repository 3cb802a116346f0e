import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc market retire` */
export const command = defineCommand({
  description: "This is permanent; to be listed again, register again. Sponsors stop paying in that second.",
  args: { listing: { syntax: "<number>", description: "your listing", parse: parseListing } },
  examples: [{ text: "Retire a listing", command: "apoc market retire 7" }],
  run: () => import("./retire.run.ts"),
});
