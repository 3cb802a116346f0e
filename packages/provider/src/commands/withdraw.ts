import { ApocError, type ExitKind } from "@apoc/errors";
import { claimCap, formatAmount, paymentErrors } from "@apoc/core";
import { codedError, defineCommand, renderError, terminalErrors } from "@apoc/terminal";
import { type Address, getAddress, isAddress } from "viem";
import { openProviderChain } from "../claims/index.ts";
import { configOption, providerWallet, readConfig } from "./config-option.ts";
import {
  type ProviderChannel,
  readProviderChannels,
  tokenReader,
  unclaimedUsage,
} from "./provider-channels.ts";

/** `apoc provider withdraw` */
export const command = defineCommand({
  description: `
Takes what was claimed and is not paid out yet; with --claim also what was metered here since, in the same transaction.
Nobody else needs to be online or agree. A channel that fails does not stop the others, and the exit code tells.`,
  options: {
    config: configOption,
    all: { flags: "--all", description: "from every channel" },
    channel: { flags: "--channel <id>", description: "from this channel", multiple: true },
    claim: { flags: "--claim", description: "claim before what is metered and open" },
    to: { flags: "--to <address>", description: "receiver; default: the wallet", parse: parseReceiver },
  },
  examples: [
    { text: "Take everything that is due", command: "apoc provider withdraw --all --yes" },
    {
      text: "Claim and take it by one transaction a channel",
      command: "apoc provider withdraw --all --claim",
    },
  ],
  async run(ctx, { options }) {
    if (options.all === options.channel.length > 0) {
      throw new ApocError(terminalErrors.USAGE, { expected: "either --all or --channel <id>" });
    }
    const config = await readConfig(ctx, options.config);
    const wallet = await providerWallet(ctx, config);
    const to = options.to ?? wallet.address;
    const { chain, channels } = await readProviderChannels(config, wallet.address, ctx.signal);
    const unknown = options.channel.find((id) => !channels.some((channel) => channel.id === id));
    if (unknown !== undefined) throw new ApocError(paymentErrors.CHANNEL_UNKNOWN, { field: unknown });
    const unclaimed = options.claim ? unclaimedUsage(config) : () => 0n;
    const now = Number((await chain.client.getBlock()).timestamp);
    const wanted = channels
      .filter(({ id }) => options.all || options.channel.includes(id))
      .map((channel) => claimable(channel, unclaimed(channel.id, channel.state.exec), now))
      .filter(({ due }) => due > 0n);
    if (wanted.length === 0)
      throw new ApocError(paymentErrors.NOTHING_DUE, { hint: "apoc provider claim --all" });
    const token = tokenReader(chain);
    const show = async (address: Address, amount: bigint) => {
      const { decimals, symbol } = await token(address);
      return `${formatAmount(amount, decimals)} ${symbol}`;
    };
    for (const { id, due, header } of wanted) ctx.ui.notice(`${await show(header.token, due)} of ${id}`);
    await ctx.ui.confirm(`Withdraw to ${to}?`, { hint: "apoc provider withdraw --all --yes" });
    const sender = openProviderChain(config.chain, wallet.account, ctx.signal);
    const withdrawn = [];
    let failure: ExitKind | undefined;
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
        failure ??= coded.descriptor.exit;
      }
    }
    ctx.output.result(withdrawn, withdrawn.map(({ channel, hash }) => `${channel} ${hash}`).join("\n"));
    return failure;
  },
});

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

function parseReceiver(text: string): Address {
  if (isAddress(text)) return getAddress(text);
  throw new ApocError(terminalErrors.USAGE, { field: "--to", expected: "an address", actual: text });
}
