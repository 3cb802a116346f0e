import { defineCommand } from "@apoc/terminal/command";

/** `apoc market providers` */
export const command = defineCommand({
  description:
    "Sponsored listings come first, labelled with what is paid per day. All listings follow in the order of their numbers,\n" +
    "which money does not influence.",
  options: {
    fetch: {
      flags: "--fetch",
      description: "also fetch from the servers that listings name; they see your address",
    },
  },
  examples: [{ text: "As JSON", command: "apoc market providers --json" }],
  run: () => import("./providers.run.ts"),
});
