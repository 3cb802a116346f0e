import { ApocError } from "@apoc/errors";
import type { OpenChain } from "../chain/connect-chain.ts";
import { clientErrors } from "../errors.ts";

/**
 * A transaction that is still under way might be the opening of this very pod: better to wait than to pay twice, or to
 * forget a channel that is about to be funded. Throws TRANSACTION_PENDING.
 */
export async function assertNothingPending({ client }: OpenChain, address: `0x${string}`): Promise<void> {
  const [mined, pending] = await Promise.all([
    client.getTransactionCount({ address, blockTag: "latest" }),
    client.getTransactionCount({ address, blockTag: "pending" }),
  ]);
  if (pending <= mined) return;
  throw new ApocError(clientErrors.TRANSACTION_PENDING, {
    field: address,
    expected: "no transaction under way",
    actual: `${pending - mined}`,
    next: { action: "list-pods" },
  });
}
