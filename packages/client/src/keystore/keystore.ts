import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { keystoreErrors } from "../errors.ts";

/** Most that a keystore may cost: more asks for over a gigabyte of memory, and is refused before the derivation starts. */
export const mostScryptCost = 1_048_576;

const hex = z.string().regex(/^(0x)?[0-9a-fA-F]*$/);
const cryptoSchema = z.looseObject({
  cipher: z.literal("aes-128-ctr"),
  ciphertext: hex.max(130),
  mac: hex.max(66),
  kdfparams: z.union([
    z.looseObject({
      n: z.int().max(mostScryptCost),
      r: z.int().max(16),
      p: z.int().max(16),
      salt: hex.max(130),
    }),
    z.looseObject({ c: z.int().max(10_000_000), prf: z.literal("hmac-sha256"), salt: hex.max(130) }),
  ]),
});

/** Other programs add fields of their own, so unknown ones pass here. */
const keystoreSchema = z
  .looseObject({
    version: z.literal(3),
    address: hex.optional(),
    crypto: cryptoSchema.optional(),
    Crypto: cryptoSchema.optional(),
  })
  .refine((file) => file.crypto !== undefined || file.Crypto !== undefined, "crypto is missing");

/** What a keystore file shows without its password. */
export interface KeystoreHeader {
  /** 0x and 40 lower-case hex digits; absent in files that hide it. */
  readonly address: `0x${string}` | undefined;
}

/** Checks that a file is an Ethereum V3 keystore (Web3 Secret Storage) of bearable cost. Throws WALLET_INVALID. */
export function readKeystoreHeader(path: string, text: string): KeystoreHeader {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ApocError(keystoreErrors.WALLET_INVALID, { field: path, cause: error });
  }
  const checked = keystoreSchema.safeParse(document);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new ApocError(keystoreErrors.WALLET_INVALID, {
      field: path,
      detail: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
    });
  }
  const { address } = checked.data;
  return { address: address === undefined ? undefined : `0x${address.replace(/^0x/, "").toLowerCase()}` };
}

/** Private key of a keystore file. Throws WALLET_INVALID, WALLET_PASSWORD_WRONG. */
export async function decryptKeystore(path: string, text: string, password: string): Promise<`0x${string}`> {
  readKeystoreHeader(path, text);
  const { decryptKeystoreJson } = await loadEthers();
  try {
    return (await decryptKeystoreJson(text, password)).privateKey as `0x${string}`;
  } catch (error) {
    if (!/incorrect password/.test((error as Error).message)) {
      throw new ApocError(keystoreErrors.WALLET_INVALID, { field: path, cause: error });
    }
    throw new ApocError(keystoreErrors.WALLET_PASSWORD_WRONG, { field: path });
  }
}

/** Keystore file of a private key. The key of the section is `crypto`, in the case other tools insist on. */
export async function encryptKeystore(
  account: { readonly address: string; readonly privateKey: string },
  password: string,
  scryptCost: number,
): Promise<string> {
  const { encryptKeystoreJson } = await loadEthers();
  const text = await encryptKeystoreJson(account, password, { scrypt: { N: scryptCost, r: 8, p: 1 } });
  const { Crypto: section, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return `${JSON.stringify({ ...rest, crypto: section }, null, 2)}\n`;
}

/** A hundred modules that commands without a password need not load. */
const loadEthers = () => import("ethers/wallet");
