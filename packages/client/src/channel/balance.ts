import { formatAmount, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Address } from "viem";
import type { OpenChain } from "../chain/connect-chain.ts";
import { readTokenBalance, type Token } from "../chain/token.ts";

/** INSUFFICIENT_FUNDS where an account holds less than `amount` base units of a token. Throws CHAIN_UNREACHABLE. */
export async function findShortfall(
  chain: OpenChain,
  owner: Address,
  token: Token,
  amount: bigint,
): Promise<ApocError | undefined> {
  const balance = await readTokenBalance(chain, token.address, owner);
  if (balance >= amount) return undefined;
  return new ApocError(paymentErrors.INSUFFICIENT_FUNDS, {
    field: owner,
    expected: `${formatAmount(amount, token.decimals)} ${token.symbol}`,
    actual: `${formatAmount(balance, token.decimals)} ${token.symbol}`,
    next: { action: "show-balance" },
  });
}
