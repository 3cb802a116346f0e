import type { Hex } from "viem";
import type { ProviderConfig } from "../config/index.ts";
import type { State } from "../state/index.ts";
import { openSqliteState } from "../state/sqlite/index.ts";

/** What was metered here and is not on chain yet; zero where there is no local state. */
export async function unclaimedUsage(config: ProviderConfig): Promise<(id: Hex, claimed: bigint) => bigint> {
  let state: State | undefined;
  try {
    state = await openSqliteState(config.dataDir, { readOnly: true });
    const totals = new Map<Hex, bigint>();
    for (const { id } of (await state.pods.all()).flatMap(({ channels }) => channels)) {
      totals.set(id, await state.usage.total(id));
    }
    return (id, claimed) => {
      const total = totals.get(id) ?? 0n;
      return total > claimed ? total - claimed : 0n;
    };
  } catch {
    return () => 0n;
  } finally {
    await state?.close();
  }
}
