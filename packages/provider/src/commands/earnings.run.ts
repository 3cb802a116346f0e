import { readProviderChannels, readTokens } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { readWallet } from "@apoc/terminal/wallet";
import { connectProviderChain } from "../claims/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";
import { unclaimedUsage } from "./unclaimed-usage.ts";

interface Input {
  readonly options: { readonly config: string };
}

/** Runs `apoc provider earnings`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const stored = await readWallet(ctx, ctx.flags.wallet ?? config.wallet);
  const provider = stored.address ?? (await providerWallet(ctx, config)).address;
  const chain = await connectProviderChain(config.chain, ctx.signal);
  const channels = await readProviderChannels(chain, provider, config.chain.tokens);
  const tokens = await readTokens(
    chain,
    channels.map(({ header }) => header.token),
  );
  const unclaimed = await unclaimedUsage(config);
  const rows = channels.map(({ id, header, state, due }) => ({
    channel: id,
    publisher: header.publisher,
    token: tokens.get(header.token)!,
    unclaimed: unclaimed(id, state.exec),
    claimed: state.exec,
    paid: state.providerPaid,
    due,
    closed: state.closed,
  }));
  ctx.output.result({ provider, channels: rows }, ({ table }) =>
    table(rows, [
      { title: "CHANNEL", value: (row) => row.channel },
      ...(["unclaimed", "claimed", "paid", "due"] as const).map((name) => ({
        title: name.toUpperCase(),
        align: "right" as const,
        value: (row: (typeof rows)[number]) => formatAmount(row[name], row.token.decimals),
      })),
      { title: "TOKEN", value: (row) => row.token.symbol },
    ]),
  );
}
