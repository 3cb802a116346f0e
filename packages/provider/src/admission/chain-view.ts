import {
  admissionErrors,
  type BlockStatement,
  type ChainView,
  marketplaceAbi,
  readChannel,
  type SignatureVerifier,
  verifyKeySignature,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Address } from "viem";
import { firstAnswer, type RpcSource } from "./chain-sources.ts";

export interface ChainViewOptions {
  readonly sources: readonly RpcSource[];
  readonly paymentChannel: Address;
  readonly marketplace: Address;
  statements(): Promise<readonly BlockStatement[]>;
}

/** What admission asks the chain, answered by the configured RPCs. Failures of all are CHAIN_UNREACHABLE. */
export function createChainView(options: ChainViewOptions): ChainView {
  const { sources, paymentChannel, marketplace } = options;
  return {
    sources,
    statements: () => options.statements(),
    channel: (id, blockNumber) =>
      reachable(firstAnswer(sources, (client) => readChannel(client, paymentChannel, id, blockNumber))),
    grantFloor: (developer, image, providerKeyId, blockNumber) =>
      reachable(
        firstAnswer(sources, async (client) =>
          Number(
            await client.readContract({
              address: marketplace,
              abi: marketplaceAbi,
              functionName: "grantFloor",
              args: [developer, image, providerKeyId],
              blockNumber,
            }),
          ),
        ),
      ),
  };
}

/** Verifies signatures of key accounts without the chain, and of contract wallets (ERC-1271) by asking them. */
export function createSignatureVerifier(sources: readonly RpcSource[]): SignatureVerifier {
  return async (address, definition, signature) => {
    if (await verifyKeySignature(address, definition, signature)) return true;
    return reachable(
      firstAnswer(sources, async (client) => {
        const code = await client.getCode({ address });
        if (code === undefined || code === "0x") return false;
        return client.verifyTypedData({ address, signature, ...definition } as Parameters<
          typeof client.verifyTypedData
        >[0]);
      }),
    );
  };
}

async function reachable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new ApocError(admissionErrors.CHAIN_UNREACHABLE, { field: "chain.rpc", cause });
  }
}
