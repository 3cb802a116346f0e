import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { encryptKeystore, readKeystoreHeader } from "@apoc/client/keystore";
import { ApocError } from "@apoc/errors";
import { privateKeyToAccount } from "viem/accounts";
import { getAddress } from "viem/utils";
import { namePattern } from "../config/schema.ts";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import { fileErrors, readFileIfThere, writeFileAtomic } from "@apoc/client/files";
import { scryptCost } from "./scrypt-cost.ts";

type StoreContext = Pick<Context, "config" | "env">;

/** A wallet file: `<config>/wallets/<name>.json`. */
export interface StoredWallet {
  readonly name: string;
  /** Checksummed (EIP-55); absent when the file hides it. */
  readonly address: `0x${string}` | undefined;
  readonly path: string;
  /** Content of the keystore file. */
  readonly text: string;
}

/** All wallets by name. Throws WALLET_INVALID for a file that is not a keystore. */
export async function listWallets(ctx: StoreContext): Promise<StoredWallet[]> {
  const folder = join(ctx.config.directory, "wallets");
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: folder, cause: error });
  });
  const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
  return Promise.all(
    names
      .filter((name) => namePattern.test(name))
      .sort()
      .map((name) => readWallet(ctx, name)),
  );
}

/** One wallet. Throws WALLET_MISSING, WALLET_INVALID, NAME_INVALID. */
export async function readWallet(ctx: StoreContext, name: string): Promise<StoredWallet> {
  const path = walletPath(ctx, name);
  const text = await readFileIfThere(path, 16_384);
  if (text === undefined) {
    throw new ApocError(terminalErrors.WALLET_MISSING, {
      field: name,
      next: { action: "create-wallet", subject: name },
    });
  }
  const { address } = readKeystoreHeader(path, text);
  return { name, address: address === undefined ? undefined : getAddress(address), path, text };
}

/** Makes sure that a new wallet may have this name, before a password is asked for. Throws NAME_INVALID, WALLET_EXISTS. */
export async function assertNewWallet(ctx: StoreContext, name: string): Promise<void> {
  if ((await readFileIfThere(walletPath(ctx, name))) !== undefined) {
    throw new ApocError(terminalErrors.WALLET_EXISTS, { field: name, next: { action: "list-wallets" } });
  }
}

/** Writes a new wallet of a private key (32 bytes, 0x hex), mode 0600. Throws WALLET_EXISTS, PRIVATE_KEY_INVALID. */
export async function createWallet(
  ctx: StoreContext,
  name: string,
  privateKey: string,
  password: string,
): Promise<StoredWallet> {
  const path = walletPath(ctx, name);
  const address = addressOf(privateKey);
  await assertNewWallet(ctx, name);
  const text = await encryptKeystore({ address, privateKey }, password, scryptCost(ctx.env));
  await writeFileAtomic(path, text);
  return { name, address, path, text };
}

function addressOf(privateKey: string): `0x${string}` {
  try {
    if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) throw new RangeError("not 32 bytes of hex");
    return privateKeyToAccount(privateKey as `0x${string}`).address;
  } catch {
    // The cause is left out: it may quote the key.
    throw new ApocError(terminalErrors.PRIVATE_KEY_INVALID, {
      expected: "0x and 64 hex digits, within the curve's order",
    });
  }
}

function walletPath(ctx: StoreContext, name: string): string {
  if (!namePattern.test(name)) {
    throw new ApocError(terminalErrors.NAME_INVALID, {
      field: name,
      expected: "a-z, 0-9, . _ -, at most 63 characters",
    });
  }
  return join(ctx.config.directory, "wallets", `${name}.json`);
}
