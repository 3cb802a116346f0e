import { resolve } from "node:path";
import type { Context } from "@apoc/terminal";
import { openWallet, type Wallet } from "@apoc/terminal/wallet";
import { loadProviderConfig, type ProviderConfig } from "../config/index.ts";

/** Path and content of the configuration of this command. @throws CONFIG_MISSING, CONFIG_INVALID */
export async function readConfig(ctx: Context, file: string): Promise<ProviderConfig> {
  return loadProviderConfig(resolve(ctx.cwd, file));
}

/** The wallet that the configuration names; `--wallet` wins. @throws WALLET_MISSING, WALLET_PASSWORD_NEEDED… */
export function providerWallet(ctx: Context, config: Pick<ProviderConfig, "wallet">): Promise<Wallet> {
  return openWallet({ ...ctx, flags: { ...ctx.flags, wallet: ctx.flags.wallet ?? config.wallet } });
}
