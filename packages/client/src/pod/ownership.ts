import { ApocError } from "@apoc/errors";
import { isAddressEqual } from "viem";
import type { OpenChain } from "../chain/connect-chain.ts";
import { clientErrors } from "../errors.ts";
import type { Signer } from "../ports.ts";
import type { Deployment } from "./record.ts";

/** Makes sure that a chain is the one of a deployment: on another one its channel looks as if it had never been. Throws NETWORK_OTHER. */
export function assertNetwork(chain: OpenChain, { name, chainId, contract }: Deployment): void {
  const { paymentChannel } = chain.network;
  const same = paymentChannel !== undefined && isAddressEqual(paymentChannel, contract);
  if (chain.chainId === chainId && same) return;
  throw new ApocError(clientErrors.NETWORK_OTHER, {
    field: name,
    expected: `eip155:${chainId}, contract ${contract}`,
    actual: `${chain.caip2}, contract ${paymentChannel ?? "none"}`,
    next: { action: "list-chains" },
  });
}

/** Makes sure that a signer is the publisher of a deployment. Throws WALLET_OTHER. */
export function assertPublisher({ address }: Pick<Signer, "address">, { name, publisher }: Deployment): void {
  if (isAddressEqual(address, publisher)) return;
  throw new ApocError(clientErrors.WALLET_OTHER, {
    field: name,
    expected: publisher,
    actual: address,
    next: { action: "choose-wallet" },
  });
}
