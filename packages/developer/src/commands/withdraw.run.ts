import { readTokens, sendCall } from "@apoc/client";
import { formatAmount, paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError, type ErrorKind } from "@apoc/errors";
import { codedError, type Context, renderError, type RunResult, terminalErrors } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { type Address, parseEventLogs } from "viem";
import { type Earning, readEarnings } from "../earnings/earnings.ts";
import { batchWithdrawals } from "../earnings/withdrawals.ts";
import { developerErrors } from "../errors.ts";

interface Input {
  readonly options: {
    readonly channel: readonly string[];
    readonly all: boolean;
    readonly to: Address | undefined;
  };
}

/** Runs `apoc dev withdraw`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  if (options.all === options.channel.length > 0) {
    throw new ApocError(terminalErrors.USAGE, {
      expected: "--all, or at least one --channel",
      next: { action: "show-earnings" },
    });
  }
  const chain = await openChain(ctx);
  const contract = chain.address("paymentChannel");
  const wallet = await openWallet(ctx);
  const earnings = await readEarnings(chain, wallet.address);
  const own = chain.network.token?.toLowerCase();
  const selected = options.all
    ? earnings.filter(({ channel }) => channel.header.token.toLowerCase() === own)
    : select(earnings, options.channel);
  const due = selected.filter(({ available }) => available > 0n);
  if (due.length === 0) {
    throw new ApocError(paymentErrors.NOTHING_DUE, {
      field: wallet.address,
      next: { action: "show-earnings" },
    });
  }
  const tokens = await readTokens(
    chain,
    due.map(({ channel }) => channel.header.token),
  );
  const to = options.to ?? wallet.address;
  const show = (token: `0x${string}`, value: bigint) => {
    const known = tokens.get(token);
    return `${formatAmount(value, known?.decimals ?? 0)} ${known?.symbol ?? token}`;
  };
  for (const { channel, available } of due) {
    ctx.ui.notice(`  ${channel.id}  ${show(channel.header.token, available)}`);
  }
  const sums = [...tokens.keys()].map((token) =>
    show(
      token,
      due.filter(({ channel }) => channel.header.token === token).reduce((sum, d) => sum + d.available, 0n),
    ),
  );
  await ctx.ui.confirm(`Withdraw ${sums.join(" and ")} to ${to} (${chain.caip2})?`);
  const done: { channel: string; index: number; transaction: string; amount: string; token: string }[] = [];
  let failure: ErrorKind | undefined;
  for (const { earnings: batch, payees, withdrawals } of batchWithdrawals(due)) {
    try {
      const receipt = await sendCall(chain, wallet.signer, {
        address: contract,
        abi: paymentChannelAbi,
        functionName: "withdrawMany",
        args: [payees, withdrawals, to],
      });
      const events = parseEventLogs({ abi: paymentChannelAbi, eventName: "Withdrawn", logs: receipt.logs });
      for (const { args } of events) {
        const { channelId, index, amount } = args;
        const { header } = batch.find(({ channel }) => channel.id === channelId)!.channel;
        const token = tokens.get(header.token);
        ctx.ui.step("Withdrawn", `${show(header.token, amount)}, block ${receipt.blockNumber}`);
        done.push({
          channel: channelId,
          index: Number(index),
          transaction: receipt.transactionHash,
          amount: formatAmount(amount, token?.decimals ?? 0),
          token: token?.symbol ?? header.token,
        });
      }
    } catch (error) {
      ctx.signal.throwIfAborted();
      const coded = codedError(error);
      for (const { channel } of batch) ctx.ui.failed("Not withdrawn", channel.id);
      ctx.ui.notice(renderError(coded, ctx.ui.paint, ctx.flags.trace));
      failure ??= coded.descriptor.kind;
    }
  }
  ctx.output.result(done, ({ table }) =>
    table(done, [
      { title: "TRANSACTION", value: ({ transaction }) => transaction },
      { title: "AMOUNT", value: ({ amount }) => amount, align: "right" },
      { title: "TOKEN", value: ({ token }) => token },
      { title: "CHANNEL", value: ({ channel }) => channel },
    ]),
  );
  return failure;
}

function select(earnings: readonly Earning[], wanted: readonly string[]): readonly Earning[] {
  const chosen = new Set<Earning>();
  for (const id of wanted) {
    const matches = earnings.filter(({ channel }) => channel.id.startsWith(id.toLowerCase()));
    if (!/^0x[0-9a-f]{1,64}$/i.test(id) || new Set(matches.map(({ channel }) => channel.id)).size !== 1) {
      throw new ApocError(developerErrors.CHANNEL_UNKNOWN, {
        field: id,
        expected: "the id of one channel, or a beginning that only one has",
        actual: `${matches.length} channels`,
        next: { action: "show-earnings" },
      });
    }
    for (const match of matches) chosen.add(match);
  }
  return [...chosen];
}
