import { registerListing } from "@apoc/client";
import { accountName } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { developerErrors } from "../errors.ts";
import { readPublishedImage } from "../image/published-image.ts";

interface Input {
  readonly args: { readonly refs: readonly string[] };
  readonly options: {
    readonly name: string;
    readonly summary: string;
    readonly website: string | undefined;
    readonly listing: bigint | undefined;
  };
}

/** Runs `apoc dev register`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
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
  const what = options.listing === undefined ? "as a new app" : `as a revision of listing ${options.listing}`;
  for (const { name } of images) ctx.ui.note(name);
  await ctx.ui.confirm(`List this ${what} on ${chain.network.name} (${chain.caip2}) from ${wallet.address}?`);
  const registered = await registerListing(chain, wallet.signer, body, options.listing);
  ctx.ui.step("Listed", `number ${registered.listing}, revision ${registered.revision}`);
  ctx.output.result(registered, `${registered.listing}`);
}
