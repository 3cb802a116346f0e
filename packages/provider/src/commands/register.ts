import { defineCommand, parseListing } from "@apoc/terminal";
import { registerListing } from "@apoc/terminal/chain";
import { connectProviderChain } from "../claims/index.ts";
import { configOption, providerWallet, readConfig } from "./config-option.ts";

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
  async run(ctx, { options }) {
    const config = await readConfig(ctx, options.config);
    const wallet = await providerWallet(ctx, config);
    const chain = await connectProviderChain(config.chain, ctx.signal);
    const what =
      options.listing === undefined ? "as a new provider" : `as a revision of listing ${options.listing}`;
    await ctx.ui.confirm(`List ${options.url} ${what} on ${chain.caip2} from ${wallet.address}?`, {
      hint: "apoc provider register … --yes",
    });
    const registered = await registerListing(
      chain,
      wallet.account,
      {
        version: 1,
        kind: "provider",
        name: options.name,
        summary: options.summary,
        url: options.url,
        address: wallet.address,
      },
      options.listing,
    );
    ctx.ui.step("Listed", `number ${registered.listing}, revision ${registered.revision}`);
    ctx.output.result(registered, `${registered.listing}`);
  },
});
