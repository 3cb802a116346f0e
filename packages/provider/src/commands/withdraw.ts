import { parseAddress } from "@apoc/terminal/address";
import { defineCommand } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

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
    to: { flags: "--to <address>", description: "receiver; default: the wallet", parse: parseAddress },
  },
  examples: [
    { text: "Take everything that is due", command: "apoc provider withdraw --all --yes" },
    {
      text: "Claim and take it by one transaction a channel",
      command: "apoc provider withdraw --all --claim",
    },
  ],
  run: () => import("./withdraw.run.ts"),
});
