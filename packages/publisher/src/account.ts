import type { Context } from "@apoc/terminal";
import { openWallet, readWallet, selectWallet } from "@apoc/terminal/wallet";

/** Address of the wallet of this command; asks for the password only where the keystore hides the address. */
export async function walletAddress(ctx: Context): Promise<`0x${string}`> {
  const { address } = await readWallet(ctx, await selectWallet(ctx));
  return address ?? (await openWallet(ctx)).address;
}
