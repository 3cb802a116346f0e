import { hourlyRate, parseAmount, type ResourcePrices } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Address, erc20Abi } from "viem";
import { firstAnswer, type RpcSource } from "../admission/index.ts";
import type { ProviderConfig } from "../config/index.ts";
import { providerErrors } from "../errors.ts";
import type { State } from "../state/index.ts";

/**
 * Decimals of the accepted tokens, which must be the same for all, since one price list holds for all. Once known they
 * are kept: a daemon must start while no RPC answers.
 * @throws TOKENS_DIFFER, and what the RPCs throw at the first start
 */
export async function readTokenDecimals(
  tokens: readonly Address[],
  sources: readonly RpcSource[],
  state: Pick<State, "meta">,
): Promise<number> {
  const all = await Promise.all(
    tokens.map(async (address) => {
      const key = `decimals:${address}`;
      const kept = await state.meta.get(key);
      if (kept !== undefined) return Number(kept);
      const call = { address, abi: erc20Abi, functionName: "decimals" } as const;
      const decimals = await firstAnswer(sources, (client) => client.readContract(call));
      await state.meta.set(key, String(decimals));
      return decimals;
    }),
  );
  const decimals = all[0]!;
  const other = all.findIndex((value) => value !== decimals);
  if (other < 0) return decimals;
  throw new ApocError(providerErrors.TOKENS_DIFFER, {
    field: `chain.tokens.${other}`,
    expected: `${decimals} decimals, as ${tokens[0]}`,
    actual: `${all[other]} decimals`,
  });
}

/** Configured prices (tokens per hour) as rates. @throws AMOUNT_INVALID for more digits than the token has */
export function pricesFrom(prices: ProviderConfig["prices"], decimals: number): ResourcePrices {
  const rate = (text: string, field: string) => hourlyRate(parseAmount(text, decimals, `prices.${field}`));
  return {
    cpuCore: rate(prices.cpuCoreHour, "cpuCoreHour"),
    memoryGiB: rate(prices.memoryGiBHour, "memoryGiBHour"),
    storageGiB: rate(prices.storageGiBHour, "storageGiBHour"),
  };
}

/** The least claim in base units. @throws AMOUNT_INVALID */
export function minimumOf({ claim }: Pick<ProviderConfig, "claim">, decimals: number): bigint {
  return parseAmount(claim.minimum, decimals, "claim.minimum");
}
