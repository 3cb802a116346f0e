import {
  admissionErrors,
  type BlockStatement,
  type BlockRange,
  type ChainView,
  marketplaceAbi,
  readChannel,
  readLogs,
  type SignatureVerifier,
  toWire,
  verifyKeySignature,
} from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import type { Address, Hex } from "viem";
import type { RpcSource } from "./chain-sources.ts";

export interface ChainViewOptions {
  readonly sources: readonly RpcSource[];
  readonly paymentChannel: Address;
  readonly marketplace: Address;
  statements(): Promise<readonly BlockStatement[]>;
}

/** What a provider asks the chain: what admission asks, and which of the channels that it watches have changed. */
export interface ProviderChainView extends ChainView {
  /** Ids of channels of which any source shows an event in these blocks. @throws CHAIN_UNREACHABLE */
  changedChannels(range: BlockRange): Promise<ReadonlySet<Hex>>;
}

/** The part that the watch of running pods needs. */
export type WatchedChain = Pick<ProviderChainView, "sources" | "channel" | "changedChannels">;

/** What a provider asks the chain, answered by the configured RPCs. Failures of all are CHAIN_UNREACHABLE. */
export function createChainView(options: ChainViewOptions): ProviderChainView {
  const { sources, paymentChannel, marketplace } = options;
  const market = { address: marketplace, abi: marketplaceAbi } as const;
  const seconds = (ask: (client: RpcSource["client"]) => Promise<bigint>) =>
    reachable(agreed(sources, async (client) => Number(await ask(client))));
  return {
    sources,
    statements: () => options.statements(),
    channel: (id, blockNumber) =>
      reachable(agreed(sources, (client) => readChannel(client, paymentChannel, id, blockNumber))),
    changedChannels: (range) =>
      reachable(
        union(sources, async (client) => {
          const logs = await readLogs(range, (part) => client.getLogs({ address: paymentChannel, ...part }));
          // Every event of the contract names its channel first.
          return logs.flatMap(({ topics }) => (topics[1] === undefined ? [] : [topics[1]]));
        }),
      ),
    grantFloor: (developer, image, providerKeyId, blockNumber) =>
      seconds((client) =>
        client.readContract({
          ...market,
          functionName: "grantFloor",
          args: [developer, image, providerKeyId],
          blockNumber,
        }),
      ),
    offersEnd: (developer, image, blockNumber) =>
      seconds((client) =>
        client.readContract({ ...market, functionName: "offersEnd", args: [developer, image], blockNumber }),
      ),
  };
}

/** Verifies signatures of key accounts without the chain, and of contract wallets (ERC-1271) by asking them. */
export function createSignatureVerifier(sources: readonly RpcSource[], chainId: number): SignatureVerifier {
  return async (address, definition, signature) => {
    if (await verifyKeySignature(address, definition, signature)) return true;
    // The contract at this address on another chain may be anybody's.
    if (Number(definition.domain?.chainId) !== chainId) return false;
    return reachable(
      agreed(sources, async (client) => {
        const code = await client.getCode({ address });
        if (code === undefined || code === "0x") return false;
        return client.verifyTypedData({ address, signature, ...definition } as Parameters<
          typeof client.verifyTypedData
        >[0]);
      }),
    );
  };
}

/** State that all sources that answer agree on: one of them alone could tell of funds and signatures that are not there. */
async function agreed<T>(
  sources: readonly RpcSource[],
  ask: (client: RpcSource["client"]) => Promise<T>,
): Promise<T> {
  const answers = await Promise.allSettled(sources.map(({ client }) => ask(client)));
  const given = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  if (given.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
  const spelled = given.map((value) => JSON.stringify(toWire({ value })));
  if (spelled.some((text) => text !== spelled[0]))
    throw new ApocError(admissionErrors.CHAIN_DISAGREES, { field: "chain.rpc" });
  return given[0]!;
}

/** What any of the sources that answer tells: one of them alone could keep something quiet. */
async function union<T>(
  sources: readonly RpcSource[],
  ask: (client: RpcSource["client"]) => Promise<readonly T[]>,
): Promise<ReadonlySet<T>> {
  const answers = await Promise.allSettled(sources.map(({ client }) => ask(client)));
  const given = answers.filter((answer) => answer.status === "fulfilled");
  if (given.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
  return new Set(given.flatMap(({ value }) => value));
}

async function reachable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (isApocError(cause)) throw cause;
    throw new ApocError(admissionErrors.CHAIN_UNREACHABLE, { field: "chain.rpc", cause });
  }
}
