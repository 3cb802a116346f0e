import type { Context } from "../../context.ts";
import { assertNewWallet, chooseNewPassword, createWallet } from "../../wallet/index.ts";

/** Stores a key as a wallet, makes it the default when there is none, and prints its address. */
export async function addWallet(ctx: Context, name: string, privateKey: string): Promise<void> {
  await assertNewWallet(ctx, name);
  const password = await chooseNewPassword(ctx, name);
  const wallet = await createWallet(ctx, name, privateKey, password);
  ctx.ui.step("Wrote keystore", wallet.path);
  if ((await ctx.config.load()).wallet === undefined) {
    await ctx.config.update((config) => ({ ...config, wallet: name }));
    ctx.ui.step("Default wallet", name);
  }
  ctx.output.result({ name, address: wallet.address, path: wallet.path }, wallet.address ?? "");
}
