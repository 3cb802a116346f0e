import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc dev register`: docs/spec/marketplace.md, "Listings". */
export const command = defineCommand({
  description:
    "The images are named by digest, with the hash of their license. Revisions are appended; earlier ones\n" +
    "stay visible. Nobody verifies your statements, but anyone can verify that you made them.",
  args: {
    refs: { syntax: "<ref...>", description: "your published images: registry/repository[:tag|@digest]" },
  },
  options: {
    name: { flags: "--name <text>", description: "name of the app", required: true },
    summary: { flags: "--summary <text>", description: "summary in one line", required: true },
    website: { flags: "--website <url>", description: "website of the app" },
    listing: {
      flags: "--listing <number>",
      description: "listing to revise",
      parse: parseListing,
    },
  },
  examples: [
    {
      text: "List an app",
      command: "apoc dev register registry.example/acme/app:1 --name Ledger --summary 'Keeps books'",
    },
  ],
  run: () => import("./register.run.ts"),
});
