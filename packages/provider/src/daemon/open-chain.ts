import { clientErrors } from "@apoc/client";
import type { SignatureVerifier } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  createChainView,
  createMonitorStatements,
  createSignatureVerifier,
  createSources,
  type ProviderChainView,
  type RpcSource,
} from "../admission/index.ts";
import type { Clock } from "../clock.ts";
import type { ProviderConfig } from "../config/index.ts";
import type { Log } from "../log.ts";
import type { State } from "../state/index.ts";

/** The configured chain, as this provider reads it. */
export interface OpenChainView {
  readonly sources: readonly RpcSource[];
  readonly view: ProviderChainView;
  readonly verifySignature: SignatureVerifier;
}

/**
 * Opens the configured RPCs. An RPC of another chain is a mistake to find at once; one that does not answer is not.
 * @param fetch reaches monitors
 * @throws CHAIN_MISMATCH
 */
export async function openChainView(
  { chain, policy }: ProviderConfig,
  options: { memory: State["memory"]; clock: Clock; log: Log; fetch: typeof globalThis.fetch },
): Promise<OpenChainView> {
  const { memory, clock, log, fetch } = options;
  const sources = createSources(chain.rpc);
  await checkChainIds(sources, chain.id, log);
  const statements = createMonitorStatements(policy.monitors, memory, clock, fetch);
  return {
    sources,
    view: createChainView({ ...chain, sources, statements }),
    verifySignature: createSignatureVerifier(sources, chain.id),
  };
}

async function checkChainIds(sources: readonly RpcSource[], expected: number, log: Log): Promise<void> {
  for (const { name, client } of sources) {
    const actual = await client.getChainId().catch(() => undefined);
    if (actual === undefined) log.warn(`${name} does not answer`);
    else if (actual !== expected) {
      throw new ApocError(clientErrors.CHAIN_MISMATCH, {
        field: name,
        expected: `eip155:${expected}`,
        actual: `eip155:${actual}`,
      });
    }
  }
}
