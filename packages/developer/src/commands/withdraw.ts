import { parseAddress } from "@apoc/terminal/address";
import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev withdraw`: all channels of a token in one transaction; one that fails does not stop the others. */
export const command = defineCommand({
  description:
    "Withdraws what channels owe you. Needs nobody else: the contract's events prove the terms. Channels of one token are\n" +
    "paid in one transaction; one that fails does not stop the others, and sets the exit code. Name channels in other\n" +
    "tokens, which anybody can create, one by one with --channel.",
  options: {
    channel: { flags: "--channel <id>", description: "channel id or its beginning", multiple: true },
    all: { flags: "--all", description: "all channels in the network's token with something due" },
    to: {
      flags: "--to <address>",
      description: "account to pay instead of your own",
      parse: parseAddress,
    },
  },
  examples: [{ text: "Withdraw everything", command: "apoc dev withdraw --all" }],
  run: () => import("./withdraw.run.ts"),
});
