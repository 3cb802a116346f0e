import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { generatePrivateKey } from "viem/accounts";
import { addWallet } from "./add-wallet.ts";

interface Input {
  readonly args: { readonly name: string };
}

/** Runs `apoc wallet new`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  await addWallet(ctx, args.name, generatePrivateKey());
}
