import { claimCap, formatAmount, paymentErrors } from "@apoc/core";
import { ApocError, type ErrorKind } from "@apoc/errors";
import { codedError, type Context, renderError, type RunResult, terminalErrors } from "@apoc/terminal";
import type { Address } from "viem";
import { openProviderChain } from "../claims/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";
import {
  type ProviderChannel,
  readProviderChannels,
  tokenReader,
  unclaimedUsage,
} from "./provider-channels.ts";

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
  if (options.all === options.channel.length > 0) {
    throw new ApocError(terminalErrors.USAGE, { expected: "either --all or --channel <id>" });
  }
  const config = await readConfig(ctx, options.config);
  const wallet = await providerWallet(ctx, config);
  const to = options.to ?? wallet.address;
  const { chain, channels } = await readProviderChannels(config, wallet.address, ctx.signal);
  const unknown = options.channel.find((id) => !channels.some((channel) => channel.id === id));
  if (unknown !== undefined) throw new ApocError(paymentErrors.CHANNEL_UNKNOWN, { field: unknown });
  const unclaimed = options.claim ? await unclaimedUsage(config) : () => 0n;
  const now = Number((await chain.client.getBlock()).timestamp);
  const wanted = channels
    .filter(({ id }) => options.all || options.channel.includes(id))
    .map((channel) => claimable(channel, unclaimed(channel.id, channel.state.exec), now))
    .filter(({ due }) => due > 0n);
  if (wanted.length === 0)
    throw new ApocError(paymentErrors.NOTHING_DUE, {
      next: { action: "run", subject: "apoc provider claim --all" },
    });
  const token = tokenReader(chain);
  const show = async (address: Address, amount: bigint) => {
    const { decimals, symbol } = await token(address);
    return `${formatAmount(amount, decimals)} ${symbol}`;
  };
  for (const { id, due, header } of wanted) ctx.ui.notice(`${await show(header.token, due)} of ${id}`);
  await ctx.ui.confirm(`Withdraw to ${to}?`);
  const sender = openProviderChain(config.chain, wallet.account, ctx.signal);
  const withdrawn = [];
  let failure: ErrorKind | undefined;
  for (const { id, header, exec } of wanted) {
    try {
      const { hash, amount } = await sender.withdraw(header, to, exec);
      ctx.ui.step("Withdrawn", `${await show(header.token, amount)} ${hash}`);
      withdrawn.push({ channel: id, token: header.token, amount, to, hash });
    } catch (error) {
      ctx.signal.throwIfAborted();
      const coded = codedError(error);
      ctx.ui.failed("Not withdrawn", id);
      ctx.ui.notice(renderError(coded, ctx.ui.paint, ctx.flags.trace));
      failure ??= coded.descriptor.kind;
    }
  }
  ctx.output.result(withdrawn, withdrawn.map(({ channel, hash }) => `${channel} ${hash}`).join("\n"));
  return failure;
}

/** What a channel pays now; `exec` where something is to be claimed before. */
function claimable(channel: ProviderChannel, unclaimed: bigint, now: number) {
  const { id, header, state, due } = channel;
  const total = state.exec + unclaimed;
  const cap = claimCap(state, header, now);
  const claimed = total < cap ? total : cap;
  return claimed > state.exec
    ? { id, header, exec: total, due: due + claimed - state.exec }
    : { id, header, exec: undefined, due };
}
