import { fileErrors } from "../errors.ts";
import { readFileIfThere } from "../files/atomic-file.ts";
import { ApocError } from "@apoc/errors";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { decryptKeystore } from "./keystore.ts";

const keystoreLimit = 16_384;

/** The account of a keystore file. Throws FILE_UNREADABLE, WALLET_INVALID, WALLET_PASSWORD_WRONG. */
export async function openKeystore(path: string, password: string): Promise<PrivateKeyAccount> {
  const text = await readFileIfThere(path, keystoreLimit);
  if (text === undefined) {
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: path, detail: "There is no such file." });
  }
  return privateKeyToAccount(await decryptKeystore(path, text, password));
}
