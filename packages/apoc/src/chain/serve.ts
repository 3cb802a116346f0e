import { defineCommand } from "@apoc/terminal/command";
import { parseListen } from "../listen.ts";

/** `apoc chain serve` */
export const command = defineCommand({
  description: `
A chain of this machine (anvil) with the contracts and a test token, for development: no value, loopback only. The
contracts have the same addresses on every new chain. Without --dir the chain is forgotten at the end. Accounts that
are funded have at least 1000 ETH and 1000 tUSD. Ends on Ctrl-C.`,
  options: {
    dir: { flags: "--dir <dir>", description: "keep the chain in this folder" },
    listen: {
      flags: "--listen <host:port>",
      description: "address to listen on; port 0 selects a free one",
      default: "127.0.0.1:8545",
      parse: parseListen,
    },
    chainId: {
      flags: "--chain-id <n>",
      description: "chain id",
      default: "31337",
      parse: parseWhole(1, 2 ** 31),
    },
    blockTime: {
      flags: "--block-time <seconds>",
      description: "maximum time between blocks",
      default: "1",
      parse: parseWhole(1, 3600),
    },
    fund: {
      flags: "--fund <wallet|address>",
      description: "give this account Ether and test tokens",
      multiple: true,
    },
    add: { flags: "--add <network>", description: "add it to the configuration under this name" },
    replace: { flags: "--replace", description: "with --add, replace a network of the same name" },
  },
  examples: [
    {
      text: "Keep the chain, fund a wallet, and add it as network `local`",
      command: "apoc chain serve --dir chain --fund alice --add local",
    },
  ],
  server: true,
  run: () => import("./serve.run.ts"),
});

function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new RangeError(`expected a whole number from ${least} to ${most}`);
  };
}
