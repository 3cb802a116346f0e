import { resolve } from "node:path";
import { formatAmount } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { parseAddress } from "@apoc/terminal/address";
import { assertNetworkName, saveNetwork } from "@apoc/terminal/config";
import { openWallet, readWallet } from "@apoc/terminal/wallet";
import type { Address } from "viem";
import { apocErrors } from "../errors.ts";
import { untilAborted } from "../listen.ts";
import { funding, startDevelopmentChain } from "./development-chain.ts";

interface Input {
  readonly options: {
    readonly dir: string | undefined;
    readonly listen: { readonly host: string; readonly port: number };
    readonly chainId: number;
    readonly blockTime: number;
    readonly fund: readonly string[];
    readonly add: string | undefined;
    readonly replace: boolean;
  };
}

/** Runs `apoc chain serve`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const funded = await Promise.all(options.fund.map((text) => addressOf(ctx, text)));
  if (options.add !== undefined) assertNetworkName(options.add);
  if (options.listen.host !== "127.0.0.1" && options.listen.host !== "localhost") {
    throw new ApocError(apocErrors.LISTEN_INVALID, {
      field: "--listen",
      expected: "127.0.0.1:PORT",
      actual: options.listen.host,
    });
  }
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
      throw new ApocError(apocErrors.CHAIN_ENDED, {
        field: anvil.url,
        next: { action: "run", subject: "apoc chain serve --help" },
      });
    }
  } finally {
    await anvil.close();
  }
}

/** Name of a wallet of this user, or an address. Throws WALLET_MISSING. */
async function addressOf(ctx: Context, text: string): Promise<Address> {
  if (text.startsWith("0x")) return parseAddress(text);
  const { address } = await readWallet(ctx, text);
  return address ?? (await openWallet({ ...ctx, flags: { ...ctx.flags, wallet: text } })).address;
}
