import { connectChain, type Network } from "../chain/connect-chain.ts";
import type { ClientPorts, Signer } from "../ports.ts";
import { type NodePortOptions, nodePorts } from "./node-ports.ts";

/** What a program on Node brings along. */
export interface ClientOptions extends NodePortOptions {
  readonly network: Network;
  readonly signer: Signer;
}

/** Connects to a chain and gives every use case all it needs. Throws CHAIN_UNREACHABLE, CHAIN_MISMATCH. */
export async function openClient({ network, signer, ...options }: ClientOptions): Promise<ClientPorts> {
  const ports = nodePorts(options);
  return { ...ports, chain: await connectChain(network, ports.signal), signer };
}
