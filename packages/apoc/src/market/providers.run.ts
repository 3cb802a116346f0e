import type { Context, RunResult } from "@apoc/terminal";
import { listListings } from "./list-listings.ts";

interface Input {
  readonly options: { readonly fetch: boolean };
}

/** Runs `apoc market providers`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  await listListings(ctx, "provider", options.fetch);
}
