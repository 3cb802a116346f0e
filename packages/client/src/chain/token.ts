import { ApocError, isApocError } from "@apoc/errors";
import { erc20Abi } from "viem";
import { clientErrors } from "../errors.ts";
import { chainError } from "./chain-error.ts";
import type { OpenChain } from "./connect-chain.ts";

/** What an ERC-20 contract says about itself. */
export interface Token {
  readonly address: `0x${string}`;
  /** At most 16 printable ASCII characters: it stands in tables beside amounts. */
  readonly symbol: string;
  /** Digits after the decimal point, 0 to 36. */
  readonly decimals: number;
}

/** Reads symbol and decimals. Throws TOKEN_INVALID, CHAIN_UNREACHABLE. */
export async function readToken(chain: OpenChain, address: `0x${string}`): Promise<Token> {
  const call = { address, abi: erc20Abi } as const;
  const [symbol, decimals] = await Promise.all([
    chain.client.readContract({ ...call, functionName: "symbol" }),
    chain.client.readContract({ ...call, functionName: "decimals" }),
  ]).catch((error: unknown) => {
    const coded = chainError(error, `token ${address}`);
    if (coded.code === clientErrors.CHAIN_UNREACHABLE.code) throw coded;
    throw new ApocError(clientErrors.TOKEN_INVALID, { field: address, cause: error });
  });
  if (!/^[!-~]{1,16}$/.test(symbol) || decimals > 36) {
    throw new ApocError(clientErrors.TOKEN_INVALID, {
      field: address,
      actual: `${JSON.stringify(symbol)}, ${decimals} decimals`,
    });
  }
  return { address, symbol, decimals };
}

/**
 * The same for tokens that strangers chose: anybody can make a channel that names an account, in a contract that calls
 * itself what it likes or answers nothing. Only the network's own token goes by its bare symbol; of others the address
 * is shown too, and one that cannot be read counts in base units. Throws CHAIN_UNREACHABLE.
 */
export async function readTokens(
  chain: OpenChain,
  addresses: readonly `0x${string}`[],
): Promise<ReadonlyMap<`0x${string}`, Token>> {
  const own = chain.network.token?.toLowerCase();
  const read = async (address: `0x${string}`): Promise<Token> => {
    try {
      const token = await readToken(chain, address);
      return address.toLowerCase() === own ? token : { ...token, symbol: `${token.symbol} of ${address}` };
    } catch (error) {
      if (!isApocError(error, clientErrors.TOKEN_INVALID)) throw error;
      return { address, symbol: `base units of ${address}`, decimals: 0 };
    }
  };
  const distinct = [...new Set(addresses)];
  return new Map(await Promise.all(distinct.map(async (address) => [address, await read(address)] as const)));
}

/** Balance of an account in base units. Throws CHAIN_UNREACHABLE, TRANSACTION_REVERTED. */
export async function readTokenBalance(
  chain: OpenChain,
  token: `0x${string}`,
  owner: `0x${string}`,
): Promise<bigint> {
  try {
    return await chain.client.readContract({
      address: token,
      abi: erc20Abi,
      functionName: "balanceOf",
      args: [owner],
    });
  } catch (error) {
    throw chainError(error, `token ${token}`);
  }
}
