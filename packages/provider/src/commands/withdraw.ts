import { ApocError } from "@apoc/errors";
import { formatAmount, paymentErrors } from "@apoc/core";
import { defineCommand, terminalErrors } from "@apoc/terminal";

import { type Address, getAddress, isAddress } from "viem";
import { openProviderChain } from "../claims/index.ts";
import { configOption, providerWallet, readConfig } from "./config-option.ts";
import { readProviderChannels, tokenReader } from "./provider-channels.ts";

/** `apoc provider withdraw` */
export const command = defineCommand({
  description: "Takes what was claimed and is not paid out yet. Nobody else needs to be online or agree.",
  options: {
    config: configOption,
    all: { flags: "--all", description: "from every channel" },
    channel: { flags: "--channel <id>", description: "from this channel", multiple: true },
    to: { flags: "--to <address>", description: "receiver; default: the wallet", parse: parseReceiver },
  },
  examples: [{ text: "Take everything that is due", command: "apoc provider withdraw --all --yes" }],
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
    const wanted = channels.filter(
      ({ id, due }) => due > 0n && (options.all || options.channel.includes(id)),
    );
    if (wanted.length === 0)
      throw new ApocError(paymentErrors.NOTHING_DUE, { hint: "apoc provider claim --all" });
    const token = tokenReader(chain);
    for (const { id, due, header } of wanted) {
      const { decimals, symbol } = await token(header.token);
      ctx.ui.notice(`${formatAmount(due, decimals)} ${symbol} of ${id}`);
    }
    await ctx.ui.confirm(`Withdraw to ${to}?`, { hint: "apoc provider withdraw --all --yes" });
    const sender = openProviderChain(config.chain, wallet.account, ctx.signal);
    const withdrawn = [];
    for (const { id, due, header } of wanted) {
      const hash = await sender.withdraw(header, to);
      ctx.ui.step("Withdrawn", hash);
      withdrawn.push({ channel: id, token: header.token, amount: due, to, hash });
    }
    ctx.output.result(withdrawn, withdrawn.map(({ channel, hash }) => `${channel} ${hash}`).join("\n"));
  },
});

function parseReceiver(text: string): Address {
  if (isAddress(text)) return getAddress(text);
  throw new ApocError(terminalErrors.USAGE, { field: "--to", expected: "an address", actual: text });
}
