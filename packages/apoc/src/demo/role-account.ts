import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { providerKeyId } from "@apoc/attestation";
import { ProviderClient } from "@apoc/core";
import { pinnedConnection } from "@apoc/client/node";
import { openKeystore } from "@apoc/client/keystore";
import { bytesToHex, type LocalAccount } from "viem";
import type { Role } from "./cast.ts";
import type { Stage } from "./stage.ts";

/** Opens a role's wallet outside the command line: what a modified client would do. */
export async function openRoleAccount({ directory }: Role): Promise<LocalAccount> {
  const wallets = join(directory, "config", "wallets");
  const [file] = await readdir(wallets);
  const password = (await readFile(join(directory, "password"), "utf8")).trimEnd();
  return openKeystore(join(wallets, file!), password);
}

/** Id of the wrapping key that the provider attests now. */
export async function providerKeyOf(stage: Stage): Promise<string> {
  const { fetch } = pinnedConnection();
  const nonce = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  const evidence = await new ProviderClient(stage.provider.url, { fetch }).attest(nonce);
  return providerKeyId(evidence.claims.wrappingKey);
}
