import type { Context, RunResult } from "@apoc/terminal";
import { registerListing } from "@apoc/client";
import { connectProviderChain } from "../claims/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";

interface Input {
  readonly options: {
    readonly config: string;
    readonly name: string;
    readonly summary: string;
    readonly url: string;
    readonly listing: bigint | undefined;
  };
}

/** Runs `apoc provider register`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const wallet = await providerWallet(ctx, config);
  const chain = await connectProviderChain(config.chain, ctx.signal);
  const what =
    options.listing === undefined ? "as a new provider" : `as a revision of listing ${options.listing}`;
  await ctx.ui.confirm(`List ${options.url} ${what} on ${chain.caip2} from ${wallet.address}?`);
  const registered = await registerListing(
    chain,
    wallet.signer,
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
}
