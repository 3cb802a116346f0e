import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import type { Address } from "viem";
import { saveNetwork } from "../../config/save-network.ts";

interface Input {
  readonly args: { readonly name: string };
  readonly options: {
    readonly chain: string;
    readonly rpc: readonly string[];
    readonly paymentChannel: Address | undefined;
    readonly marketplace: Address | undefined;
    readonly token: Address | undefined;
    readonly confirmations: number | undefined;
    readonly replace: boolean;
  };
}

/** Runs `apoc chain add`. */
export async function run(ctx: Context, { args: { name }, options }: Input): RunResult {
  const { chain, rpc, paymentChannel, marketplace, token, confirmations } = options;
  const network = {
    chain: chain as `eip155:${number}`, // The store checks the whole file before it writes it.
    rpc: [...rpc],
    ...(paymentChannel === undefined ? {} : { paymentChannel }),
    ...(marketplace === undefined ? {} : { marketplace }),
    ...(token === undefined ? {} : { token }),
    ...(confirmations === undefined ? {} : { confirmations }),
  };
  const { config } = await saveNetwork(ctx, name, network, options.replace);
  ctx.ui.step("Wrote configuration", ctx.config.path);
  ctx.output.result({ name, ...network, default: config.network === name }, name);
}
