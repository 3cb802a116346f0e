import { parseAddress } from "@apoc/terminal/address";
import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider withdraw` */
export const command = defineCommand({
  description: `
Withdraws what was claimed and is not paid out yet; with --claim also what was metered here since, in the same
transaction. Nobody else needs to be online or agree. A channel that fails does not stop the others; the exit code is
that of the first failure.`,
  options: {
    config: configOption,
    all: { flags: "--all", description: "withdraw from every channel" },
    channel: { flags: "--channel <id>", description: "withdraw from this channel", multiple: true },
    claim: { flags: "--claim", description: "claim metered costs first" },
    to: { flags: "--to <address>", description: "receiver; default: the wallet", parse: parseAddress },
  },
  examples: [
    { text: "Withdraw everything that is due", command: "apoc provider withdraw --all --yes" },
    {
      text: "Claim and withdraw, one transaction per channel",
      command: "apoc provider withdraw --all --claim",
    },
  ],
  run: () => import("./withdraw.run.ts"),
});
