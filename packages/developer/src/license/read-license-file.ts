import { type OpenChain, readToken, type Token } from "@apoc/client";
import { resolve } from "node:path";
import { forbiddenOpenings, type License, readLicenseForm } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { ImageConfig } from "@apoc/oci";
import { fileErrors, readFileIfThere } from "@apoc/client/files";
import { getAddress } from "viem";
import { developerErrors } from "../errors.ts";

/** A license and the tokens that its offers name, by address. */
export interface ReadLicense {
  readonly license: License;
  readonly tokens: ReadonlyMap<string, Token>;
}

/**
 * Reads license.yaml with the defaults of the network: its chain, contract and token, and the wallet's account as the
 * developer. Throws FILE_UNREADABLE, LICENSE_INVALID, AMOUNT_INVALID, TOKEN_INVALID, CONTRACT_UNCONFIGURED.
 */
export async function readLicenseFile(
  path: string,
  { cwd, chain, developer }: { cwd: string; chain: OpenChain; developer: `0x${string}` },
): Promise<ReadLicense> {
  const text = await readFileIfThere(resolve(cwd, path), 256 * 1024);
  if (text === undefined) {
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: path, detail: "There is no such file." });
  }
  const tokens = new Map<string, Token>();
  const license = await readLicenseForm(text, {
    chainId: chain.chainId,
    contract: getAddress(chain.address("paymentChannel")),
    token: getAddress(chain.address("token")),
    developer: getAddress(developer),
    decimals: async (address) => {
      const token = tokens.get(address) ?? (await readToken(chain, address));
      tokens.set(address, token);
      return token.decimals;
    },
  });
  return { license, tokens };
}

/** Refuses a policy that opens variables or paths that decide which code runs. Throws POLICY_OPENS_CODE. */
export function assertSoundPolicy({ policy }: License, config: ImageConfig): void {
  const [opening] = forbiddenOpenings(policy, config);
  if (opening === undefined) return;
  throw new ApocError(developerErrors.POLICY_OPENS_CODE, {
    field: opening.field,
    expected: "nothing that changes which code runs: the entrypoint is locked",
    actual: opening.value,
    detail: `${opening.value} ${opening.reason}; providers refuse it whatever a license says.`,
  });
}
