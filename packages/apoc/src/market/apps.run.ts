import type { Context, RunResult } from "@apoc/terminal";
import { listListings } from "./list-listings.ts";

interface Input {
  readonly options: { readonly fetch: boolean };
}

/** Runs `apoc market apps`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  await listListings(ctx, "app", options.fetch);
}
