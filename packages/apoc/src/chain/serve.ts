import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { type Context, defineCommand } from "@apoc/terminal";
import type { Address } from "viem";
import { apocErrors } from "../errors.ts";
import { parseListen, untilAborted } from "../listen.ts";

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
      description: "where to listen; port 0: any free one",
      default: "127.0.0.1:8545",
      parse: parseListen,
    },
    chainId: {
      flags: "--chain-id <n>",
      description: "number of the chain",
      default: "31337",
      parse: parseWhole(1, 2 ** 31),
    },
    blockTime: {
      flags: "--block-time <seconds>",
      description: "a block at least this often",
      default: "1",
      parse: parseWhole(1, 3600),
    },
    fund: {
      flags: "--fund <wallet|address>",
      description: "give this account Ether and test tokens",
      multiple: true,
    },
    add: { flags: "--add <network>", description: "write it into the configuration under this name" },
    replace: { flags: "--replace", description: "with --add, replace a network of the same name" },
  },
  examples: [
    {
      text: "A chain that lasts, with a funded wallet, as network `local`",
      command: "apoc chain serve --dir chain --fund alice --add local",
    },
  ],
  async run(ctx, { options }) {
    // Loaded here so that help needs none of it.
    const [{ formatAmount }, { assertNetworkName, saveNetwork }] = await Promise.all([
      import("@apoc/core"),
      import("./save-network.ts"),
    ]);
    const funded = await Promise.all(options.fund.map((text) => addressOf(ctx, text)));
    if (options.add !== undefined) await assertNetworkName(options.add);
    if (options.listen.host !== "127.0.0.1" && options.listen.host !== "localhost") {
      throw new ApocError(apocErrors.LISTEN_INVALID, {
        field: "--listen",
        expected: "127.0.0.1:PORT",
        actual: options.listen.host,
      });
    }
    const { startDevelopmentChain, funding } = await import("./development-chain.ts");
    const { anvil, contracts } = await startDevelopmentChain({
      dir: options.dir === undefined ? undefined : resolve(ctx.cwd, options.dir),
      port: options.listen.port,
      chainId: options.chainId,
      blockTime: options.blockTime,
      funded,
    });
    try {
      const network = { chain: `eip155:${anvil.chainId}` as const, rpc: [anvil.url], ...contracts };
      ctx.ui.step("Chain", `${network.chain} at ${anvil.url}, ${options.dir ?? "in memory"}`);
      for (const [name, address] of Object.entries(contracts)) ctx.ui.step(name, address);
      for (const address of funded) {
        ctx.ui.step(
          "Funded",
          `${address}, at least ${formatAmount(funding.wei, 18).replace(/\.0+$/, "")} ETH and tUSD`,
        );
      }
      if (options.add !== undefined) {
        const { path } = await saveNetwork(ctx, options.add, network, options.replace);
        ctx.ui.step("Network", `${options.add}, in ${path}`);
      }
      ctx.ui.note("Ctrl-C ends it.");
      ctx.output.line({ ...network, network: options.add ?? null, funded }, anvil.url);
      await Promise.race([untilAborted(ctx.signal), anvil.ended]);
      if (!ctx.signal.aborted) {
        throw new ApocError(apocErrors.CHAIN_ENDED, { field: anvil.url, hint: "apoc chain serve --help" });
      }
    } finally {
      await anvil.close();
    }
  },
});

/** Name of a wallet of this user, or an address. Throws WALLET_MISSING. */
async function addressOf(ctx: Context, text: string): Promise<Address> {
  if (text.startsWith("0x")) return (await import("./parse-address.ts")).parseAddress(text);
  const { openWallet, readWallet } = await import("@apoc/terminal/wallet");
  const { address } = await readWallet(ctx, text);
  return address ?? (await openWallet({ ...ctx, flags: { ...ctx.flags, wallet: text } })).address;
}

function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new RangeError(`expected a whole number from ${least} to ${most}`);
  };
}
