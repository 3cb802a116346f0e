import { defineCommand } from "@apoc/terminal/command";

/** `apoc market providers` */
export const command = defineCommand({
  description:
    "Sponsored listings come first, labelled with what is paid a day; below them all stand in the order of their numbers,\n" +
    "on which money has no influence.",
  options: {
    fetch: {
      flags: "--fetch",
      description: "also ask the https servers that listings name; they see your address",
    },
  },
  examples: [{ text: "For programs", command: "apoc market providers --json" }],
  run: () => import("./providers.run.ts"),
});
