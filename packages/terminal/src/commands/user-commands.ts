import type { CommandEntry, Group } from "../command/command.ts";

/** `wallet`: the keys of this user. */
export const walletEntry: CommandEntry = {
  summary: "Manage wallets",
  load: () => import("./wallet/group.ts"),
};

/** `chain`: the networks of the configuration. */
export const chainEntry: CommandEntry = {
  summary: "Manage networks",
  load: () => import("./chain/group.ts"),
};

/** A group as the root of a program of its own, which can also make wallets and add networks. */
export function withUserCommands(group: Group): Group {
  return { ...group, commands: { ...group.commands, wallet: walletEntry, chain: chainEntry } };
}
