import { defineCommand, parseListing } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider register`: docs/spec/marketplace.md, "Listings". */
export const command = defineCommand({
  description: `
Lists the wallet of the configuration as a provider, with the URL of its API. Clients read prices, TEE and policy from
that URL, so they are never out of date. Revisions are appended: earlier ones stay visible.`,
  options: {
    config: configOption,
    name: { flags: "--name <text>", description: "name of the provider", required: true },
    summary: { flags: "--summary <text>", description: "one-line description", required: true },
    url: { flags: "--url <url>", description: "public URL of the API", required: true },
    listing: {
      flags: "--listing <number>",
      description: "revise this listing instead",
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
