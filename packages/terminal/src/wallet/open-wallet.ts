import { hkdfSync } from "node:crypto";
import { accountSigner, type Signer } from "@apoc/client";
import { decryptKeystore } from "@apoc/client/keystore";
import { ApocError } from "@apoc/errors";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import { readPassword } from "./password.ts";
import { readWallet } from "./store.ts";

/** An unlocked wallet. The private key itself stays inside. */
export interface Wallet {
  readonly name: string;
  /** Checksummed (EIP-55). */
  readonly address: `0x${string}`;
  /** Signs messages, EIP-712 typed data and transactions. */
  readonly account: PrivateKeyAccount;
  /** Signs and sends for use cases. */
  readonly signer: Signer;
  /**
   * 32 bytes for encrypting files of this user at rest: HKDF-SHA256 (RFC 5869) of the private key, empty salt, info
   * `apoc-wallet-v1\0` and the context. Same wallet and context, same bytes.
   */
  readonly secretFor: (context: string) => Uint8Array;
}

const opened = new WeakMap<object, Map<string, Promise<Wallet>>>();

/** Name of the wallet of this command: `--wallet`, `$APOC_WALLET`, or `wallet` of the configuration. Throws WALLET_MISSING. */
export async function selectWallet(ctx: Pick<Context, "config" | "flags">): Promise<string> {
  const name = ctx.flags.wallet ?? (await ctx.config.load()).wallet;
  if (name !== undefined) return name;
  throw new ApocError(terminalErrors.WALLET_MISSING, { field: "wallet", next: { action: "create-wallet" } });
}

/**
 * Unlocks the wallet of this command; asks for the password once a command.
 * Throws WALLET_MISSING, WALLET_PASSWORD_NEEDED, WALLET_PASSWORD_WRONG, WALLET_INVALID.
 */
export async function openWallet(ctx: Context): Promise<Wallet> {
  const name = await selectWallet(ctx);
  const wallets = opened.get(ctx) ?? new Map<string, Promise<Wallet>>();
  opened.set(ctx, wallets);
  let wallet = wallets.get(name);
  if (wallet === undefined) {
    wallet = unlock(ctx, name);
    wallets.set(name, wallet);
  }
  return wallet;
}

async function unlock(ctx: Context, name: string): Promise<Wallet> {
  const stored = await readWallet(ctx, name);
  const password = await readPassword(ctx, name);
  return walletOf(name, await decryptKeystore(stored.path, stored.text, password));
}

/** A wallet of a private key in memory. */
export function walletOf(name: string, privateKey: `0x${string}`): Wallet {
  const account = privateKeyToAccount(privateKey);
  return {
    name,
    address: account.address,
    account,
    signer: accountSigner(account),
    secretFor(context) {
      const key = Buffer.from(privateKey.slice(2), "hex");
      return new Uint8Array(hkdfSync("sha256", key, new Uint8Array(), `apoc-wallet-v1\0${context}`, 32));
    },
  };
}

/** Address of the wallet of this command; asks for the password only where the keystore hides the address. */
export async function walletAddress(ctx: Context): Promise<`0x${string}`> {
  const { address } = await readWallet(ctx, await selectWallet(ctx));
  return address ?? (await openWallet(ctx)).address;
}
