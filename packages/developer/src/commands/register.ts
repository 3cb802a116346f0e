import { ApocError } from "@apoc/errors";
import { defineCommand, parseListing } from "@apoc/terminal";
import { developerErrors } from "../errors.ts";

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
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [{ accountName }, { openChain, registerListing }, { openWallet }, { readPublishedImage }] =
      await Promise.all([
        import("@apoc/core"),
        import("@apoc/terminal/chain"),
        import("@apoc/terminal/wallet"),
        import("../image/published-image.ts"),
      ]);
    const images = await Promise.all(args.refs.map((ref) => readPublishedImage(ctx, ref)));
    const chain = await openChain(ctx);
    const wallet = await openWallet(ctx);
    const own = accountName(chain.chainId, wallet.address);
    const foreign = images.find(({ license }) => license.developer !== own);
    if (foreign !== undefined) {
      throw new ApocError(developerErrors.LICENSE_OWNER, {
        field: foreign.name,
        expected: own,
        actual: foreign.license.developer,
      });
    }
    const body = {
      version: 1,
      kind: "app",
      name: options.name,
      summary: options.summary,
      ...(options.website === undefined ? {} : { website: options.website }),
      images: images.map(({ name, licenseHash }) => ({ reference: name, licenseHash })),
    } as const;
    const what =
      options.listing === undefined ? "as a new app" : `as a revision of listing ${options.listing}`;
    for (const { name } of images) ctx.ui.note(name);
    await ctx.ui.confirm(
      `List this ${what} on ${chain.network.name} (${chain.caip2}) from ${wallet.address}?`,
      {
        hint: "apoc dev register … --yes",
      },
    );
    const registered = await registerListing(chain, wallet.account, body, options.listing);
    ctx.ui.step("Listed", `number ${registered.listing}, revision ${registered.revision}`);
    ctx.output.result(registered, `${registered.listing}`);
  },
});
