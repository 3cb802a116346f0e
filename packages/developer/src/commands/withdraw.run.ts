import { executeWithdrawEarnings, planWithdrawEarnings } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult, terminalErrors } from "@apoc/terminal";
import { amountIn, openChain, reportWithdrawals } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import type { Address } from "viem";

interface Input {
  readonly options: {
    readonly channel: readonly string[];
    readonly all: boolean;
    readonly to: Address | undefined;
  };
}

/** Runs `apoc dev withdraw`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const { channel: channels, all, to } = options;
  if (all === channels.length > 0) {
    throw new ApocError(terminalErrors.USAGE, {
      expected: "--all, or at least one --channel",
      next: { action: "show-earnings" },
    });
  }
  const chain = await openChain(ctx);
  const { signer } = await openWallet(ctx);
  const plan = await planWithdrawEarnings({ chain, signer }, { channels: all ? undefined : channels, to });
  const { due, tokens } = plan;
  for (const { channel, available } of due) {
    ctx.ui.notice(`  ${channel.id}  ${amountIn(tokens, channel.header.token, available)}`);
  }
  const sums = [...tokens.keys()].map((token) => {
    const same = due.filter(({ channel }) => channel.header.token === token);
    return amountIn(
      tokens,
      token,
      same.reduce((sum, { available }) => sum + available, 0n),
    );
  });
  await ctx.ui.confirm(`Withdraw ${sums.join(" and ")} to ${plan.to} (${chain.caip2})?`);
  const ports = { chain, signer, signal: ctx.signal, onEvent: reportWithdrawals(ctx, tokens) };
  const { withdrawn, failures } = await executeWithdrawEarnings(ports, plan);
  const rows = withdrawn.map(({ channel, index, transaction, amount, token }) => ({
    channel,
    index,
    transaction,
    amount: formatAmount(amount, tokens.get(token)?.decimals ?? 0),
    token: tokens.get(token)?.symbol ?? token,
  }));
  ctx.output.result(rows, ({ table }) =>
    table(rows, [
      { title: "TRANSACTION", value: ({ transaction }) => transaction },
      { title: "AMOUNT", value: ({ amount }) => amount, align: "right" },
      { title: "TOKEN", value: ({ token }) => token },
      { title: "CHANNEL", value: ({ channel }) => channel },
    ]),
  );
  return failures[0]?.error.descriptor.kind;
}
