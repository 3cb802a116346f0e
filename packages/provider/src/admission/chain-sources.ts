import { type BlockReference, chainHttp, type ChainSource } from "@apoc/core";
import { BlockNotFoundError, createPublicClient, type PublicClient } from "viem";

const requestMilliseconds = 5_000;

/** One configured RPC with its client. */
export interface RpcSource extends ChainSource {
  readonly client: PublicClient;
}

/**
 * One client per RPC: they are compared with each other, so none stands in for another. Names say the place in the
 * configuration only, since URLs of RPC services carry keys and names get into answers.
 */
export function createSources(urls: readonly string[]): RpcSource[] {
  return urls.map((url, index) => {
    const client = createPublicClient({
      transport: chainHttp(url, { timeout: requestMilliseconds, retryCount: 1, retryDelay: 100 }),
      cacheTime: 0,
    });
    const reference = async (
      args: { blockNumber: bigint } | { blockTag: "latest" },
    ): Promise<BlockReference> => {
      const { number, hash, timestamp } = await client.getBlock(args);
      if (number === null || hash === null) throw new Error("the RPC answers a pending block");
      return { number, hash, timestamp: Number(timestamp) };
    };
    return {
      name: `chain.rpc[${index}]`,
      client,
      head: () => reference({ blockTag: "latest" }),
      async block(number) {
        try {
          return await reference({ blockNumber: number });
        } catch (error) {
          if (error instanceof BlockNotFoundError) return undefined;
          throw error;
        }
      },
    };
  });
}

/** Asks the sources in order; the first that answers decides. @throws the last failure */
export async function firstAnswer<T>(
  sources: readonly RpcSource[],
  ask: (client: PublicClient) => Promise<T>,
): Promise<T> {
  let failure: unknown = new Error("no chain source is configured");
  for (const { client } of sources) {
    try {
      return await ask(client);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
