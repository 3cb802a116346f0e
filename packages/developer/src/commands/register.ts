import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc dev register`: docs/spec/marketplace.md, "Listings". */
export const command = defineCommand({
  description:
    "The images are named by digest, with the hash of their license. Revisions are appended: what was listed before stays\n" +
    "to be seen. Nobody checks what you say; everybody can check that it is you who says it.",
  args: {
    refs: { syntax: "<ref...>", description: "your published images: registry/repository[:tag|@digest]" },
  },
  options: {
    name: { flags: "--name <text>", description: "name of the app", required: true },
    summary: { flags: "--summary <text>", description: "one line about it", required: true },
    website: { flags: "--website <url>", description: "where there is more to read" },
    listing: {
      flags: "--listing <number>",
      description: "revise this listing of yours",
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
