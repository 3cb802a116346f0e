import { chainHttp } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  type Chain,
  createPublicClient,
  defineChain,
  fallback,
  type PublicClient,
  type Transport,
} from "viem";
import { clientErrors } from "../errors.ts";
import { chainError } from "./chain-error.ts";

/** A contract that a network may have. */
export type ContractName = "paymentChannel" | "marketplace" | "token";

/** A chain, how to reach it, and the contracts on it. */
export interface Network extends Readonly<Partial<Record<ContractName, `0x${string}` | undefined>>> {
  readonly name: string;
  /** CAIP-2. */
  readonly chain: `eip155:${number}`;
  /** HTTP(S) endpoints; the first that answers is used. */
  readonly rpc: readonly string[];
  /** Blocks, including the one of the transaction, after which it counts; default 1. */
  readonly confirmations?: number | undefined;
}

/** A connected chain: its network and a client for it. */
export interface OpenChain {
  readonly network: Network;
  readonly chainId: number;
  /** CAIP-2. */
  readonly caip2: `eip155:${number}`;
  readonly client: PublicClient<Transport, Chain>;
  readonly transport: Transport;
  /** Aborts waiting. */
  readonly signal: AbortSignal;
  /** Address of a contract. Throws CONTRACT_UNCONFIGURED. */
  readonly address: (contract: ContractName) => `0x${string}`;
}

const requestMilliseconds = 10_000;

/**
 * Connects to a network and checks that its endpoint serves the chain. `signal` aborts waiting.
 * Throws CHAIN_UNREACHABLE, CHAIN_MISMATCH.
 */
export async function connectChain(network: Network, signal: AbortSignal): Promise<OpenChain> {
  const chainId = Number(network.chain.slice("eip155:".length));
  const transports = network.rpc.map((url) =>
    chainHttp(url, { timeout: requestMilliseconds, retryCount: 2, retryDelay: 100 }),
  );
  const transport = transports.length === 1 ? (transports[0] as Transport) : fallback(transports);
  const chain = defineChain({
    id: chainId,
    name: network.name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: network.rpc } },
  });
  const client = createPublicClient({
    chain,
    transport,
    pollingInterval: pollingMilliseconds(network.rpc),
    cacheTime: 0,
  });
  const served = await client.getChainId().catch((error: unknown) => {
    throw chainError(error, `${network.name}: ${redact(network.rpc[0] ?? "")}`);
  });
  if (served !== chainId) {
    throw new ApocError(clientErrors.CHAIN_MISMATCH, {
      field: network.name,
      expected: network.chain,
      actual: `eip155:${served}`,
      next: { action: "list-chains" },
    });
  }
  return {
    network,
    chainId,
    caip2: network.chain,
    client,
    transport,
    signal,
    address(contract) {
      const address = network[contract];
      if (address !== undefined) return address;
      throw new ApocError(clientErrors.CONTRACT_UNCONFIGURED, {
        field: `networks.${network.name}.${contract}`,
        next: { action: "configure-contracts" },
      });
    },
  };
}

/** A chain on this machine may be asked often. */
function pollingMilliseconds(urls: readonly string[]): number {
  return urls.every((url) => ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname))
    ? 100
    : 2000;
}

/** URLs of RPC services carry API keys in path, query or user: only the host is shown. */
export function redact(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}
