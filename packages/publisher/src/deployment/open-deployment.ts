import type { OpenChain } from "@apoc/client";
import { ApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet, type Wallet } from "@apoc/terminal/wallet";
import { isAddressEqual } from "viem";
import { publisherErrors } from "../errors.ts";
import type { Deployment } from "./record.ts";

/**
 * Connects to the network that a pod was deployed on, whatever the default is by now: on another chain its channel would
 * look as if it had never been. Throws NETWORK_UNKNOWN, CHAIN_UNREACHABLE, NETWORK_OTHER.
 */
export async function openDeploymentChain(ctx: Context, deployment: Deployment): Promise<OpenChain> {
  const network = ctx.flags.network ?? deployment.network;
  const chain = await openChain({ ...ctx, flags: { ...ctx.flags, network } });
  const contract = chain.network.paymentChannel;
  const same =
    chain.chainId === deployment.chainId &&
    contract !== undefined &&
    isAddressEqual(contract, deployment.contract);
  if (same) return chain;
  throw new ApocError(publisherErrors.NETWORK_OTHER, {
    field: deployment.name,
    expected: `eip155:${deployment.chainId}, contract ${deployment.contract}`,
    actual: `${chain.caip2}, contract ${contract ?? "none"}`,
    next: { action: "list-chains" },
  });
}

/** Unlocks the wallet that a pod was deployed with. Throws WALLET_OTHER and what `openWallet` throws. */
export async function openDeploymentWallet(ctx: Context, { name, terms }: Deployment): Promise<Wallet> {
  const wallet = await openWallet(ctx);
  if (isAddressEqual(wallet.address, terms.header.publisher)) return wallet;
  throw new ApocError(publisherErrors.WALLET_OTHER, {
    field: name,
    expected: terms.header.publisher,
    actual: `${wallet.name} ${wallet.address}`,
    next: { action: "choose-wallet" },
  });
}
