import { type Earning, readEarnings, readTokens } from "@apoc/client";
import { formatAmount, formatRunway } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { walletAddress } from "@apoc/terminal/wallet";

/** Runs `apoc dev earnings`. */
export async function run(ctx: Context): RunResult {
  const chain = await openChain(ctx);
  const account = await walletAddress(ctx);
  const earnings = await readEarnings(chain, account);
  const tokens = await readTokens(
    chain,
    earnings.map(({ channel }) => channel.header.token),
  );
  ctx.ui.note(`Developer  ${account}  ${chain.caip2}`);
  const amount = ({ channel }: Earning, value: bigint) =>
    formatAmount(value, tokens.get(channel.header.token)?.decimals ?? 0);
  const rows = earnings.map((earning) => ({
    channel: earning.channel.id,
    index: earning.index,
    image: `sha256:${earning.channel.payees[earning.index]?.imageDigest.slice(2)}`,
    provider: earning.channel.header.provider,
    publisher: earning.channel.header.publisher,
    token: tokens.get(earning.channel.header.token)?.symbol ?? earning.channel.header.token,
    earned: amount(earning, earning.earned),
    withdrawn: amount(earning, earning.withdrawn),
    available: amount(earning, earning.available),
    runwaySeconds: Number.isFinite(earning.runway) ? earning.runway : null,
    runway: formatRunway(earning.runway),
  }));
  ctx.output.result(rows, ({ table }) =>
    table(rows, [
      { title: "CHANNEL", value: ({ channel }) => channel },
      { title: "IMAGE", value: ({ image }) => `${image.slice(0, 19)}…` },
      { title: "PROVIDER", value: ({ provider }) => provider },
      { title: "EARNED", value: ({ earned }) => earned, align: "right" },
      { title: "WITHDRAWN", value: ({ withdrawn }) => withdrawn, align: "right" },
      { title: "AVAILABLE", value: ({ available }) => available, align: "right" },
      { title: "TOKEN", value: ({ token }) => token },
      { title: "RUNWAY", value: ({ runway }) => runway, align: "right" },
    ]),
  );
}
