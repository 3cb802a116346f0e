import { defineCommand, parseListing } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider register`: docs/spec/marketplace.md, "Listings". */
export const command = defineCommand({
  description: `
Lists the wallet of the configuration as a provider, with the URL where its API answers. Prices, TEE and policy are
asked of that URL, so they are never out of date. Revisions are appended: what was listed before stays to be seen.`,
  options: {
    config: configOption,
    name: { flags: "--name <text>", description: "name of the provider", required: true },
    summary: { flags: "--summary <text>", description: "one line about it", required: true },
    url: { flags: "--url <url>", description: "where the API answers, as seen from outside", required: true },
    listing: {
      flags: "--listing <number>",
      description: "revise this listing of yours",
      parse: parseListing,
    },
  },
  examples: [
    {
      text: "List this provider",
      command: "apoc provider register --name Sofia --summary 'Two racks' --url https://sofia.example",
    },
  ],
  run: () => import("./register.run.ts"),
});
