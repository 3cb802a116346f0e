import { type BlockStatement, blockStatementSchema } from "@apoc/core";
import { isAddressEqual, type Address } from "viem";
import { type Clock, unixSeconds } from "../clock.ts";
import type { State } from "../state/index.ts";

/** Another party that signs which block it sees. */
export interface Monitor {
  readonly address: Address;
  readonly url: string;
}

const fetchMilliseconds = 5_000;
const answerLimit = 16 * 1024;
/** Seconds for which a fetched statement is not fetched again. */
const reuseSeconds = 5;

/**
 * Fetches the monitors' statements; where one does not answer, its last statement stands, and admission judges its age.
 * Signatures are checked by admission.
 */
export function createMonitorStatements(
  monitors: readonly Monitor[],
  memory: State["memory"],
  clock: Clock,
  fetcher: typeof fetch = fetch,
): () => Promise<readonly BlockStatement[]> {
  const fetched = new Map<string, number>();
  const refresh = async ({ address, url }: Monitor) => {
    const now = unixSeconds(clock);
    if (now - (fetched.get(address) ?? 0) < reuseSeconds) return;
    const statement = await fetchStatement(url, fetcher).catch(() => undefined);
    if (statement === undefined || !isAddressEqual(statement.monitor, address)) return;
    fetched.set(address, now);
    await memory.keepStatement(statement, clock.wall());
  };
  return async () => {
    await Promise.all(monitors.map(refresh));
    return memory.statements();
  };
}

async function fetchStatement(url: string, fetcher: typeof fetch): Promise<BlockStatement> {
  const response = await fetcher(url, { redirect: "error", signal: AbortSignal.timeout(fetchMilliseconds) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > answerLimit) throw new Error("the statement is too long");
  }
  return blockStatementSchema.parse(JSON.parse(text));
}
