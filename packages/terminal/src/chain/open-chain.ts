import { connectChain, type OpenChain } from "@apoc/client";
import { selectNetwork } from "../config/network.ts";
import type { Context } from "../context.ts";

/** Connects to the network of this command. Throws NETWORK_UNKNOWN, CHAIN_UNREACHABLE, CHAIN_MISMATCH. */
export async function openChain(ctx: Pick<Context, "config" | "flags" | "signal">): Promise<OpenChain> {
  return connectChain(await selectNetwork(ctx), ctx.signal);
}
