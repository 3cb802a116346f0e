import { executeWithdrawClaims, planWithdrawClaims } from "@apoc/client";
import { paymentErrors } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import { type Context, type RunResult, terminalErrors } from "@apoc/terminal";
import { amountIn, reportWithdrawals } from "@apoc/terminal/chain";
import type { Address } from "viem";
import { connectProviderChain } from "../claims/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";
import { unclaimedUsage } from "./unclaimed-usage.ts";

interface Input {
  readonly options: {
    readonly config: string;
    readonly all: boolean;
    readonly channel: readonly string[];
    readonly claim: boolean;
    readonly to: Address | undefined;
  };
}

/** Runs `apoc provider withdraw`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const { all, channel: channels, claim, to } = options;
  if (all === channels.length > 0) {
    throw new ApocError(terminalErrors.USAGE, { expected: "either --all or --channel <id>" });
  }
  const config = await readConfig(ctx, options.config);
  const { signer } = await providerWallet(ctx, config);
  const chain = await connectProviderChain(config.chain, ctx.signal);
  const usage = claim ? await unclaimedUsage(config) : () => 0n;
  const plan = await planWithdrawClaims(
    { chain, signer },
    {
      tokens: config.chain.tokens,
      channels: all ? undefined : channels,
      to,
      unclaimed: ({ id, state }) => usage(id, state.exec),
    },
  ).catch((error: unknown) => {
    if (claim || !isApocError(error, paymentErrors.NOTHING_DUE)) throw error;
    throw error.with({ next: { action: "run", subject: "apoc provider claim --all" } });
  });
  const { tokens, withdrawals } = plan;
  for (const { channel, due } of withdrawals) {
    ctx.ui.notice(`${amountIn(tokens, channel.header.token, due)} of ${channel.id}`);
  }
  await ctx.ui.confirm(`Withdraw to ${plan.to}?`);
  const ports = { chain, signer, signal: ctx.signal, onEvent: reportWithdrawals(ctx, tokens) };
  const { withdrawn, failures } = await executeWithdrawClaims(ports, plan);
  const rows = withdrawn.map(({ channel, token, amount, transaction }) => ({
    channel,
    token,
    amount,
    to: plan.to,
    hash: transaction,
  }));
  ctx.output.result(rows, rows.map(({ channel, hash }) => `${channel} ${hash}`).join("\n"));
  return failures[0]?.error.descriptor.kind;
}
