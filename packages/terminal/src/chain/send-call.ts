import * as client from "@apoc/client";
import type { ListingBody } from "@apoc/core";
import type { Abi, ContractFunctionName, LocalAccount, TransactionReceipt } from "viem";

/** Sends a call for the account of a wallet. Throws as `sendCall` of the client. */
export function sendCall<const A extends Abi, F extends ContractFunctionName<A, "nonpayable" | "payable">>(
  chain: client.OpenChain,
  account: LocalAccount,
  call: client.ContractCall<A, F>,
): Promise<TransactionReceipt> {
  return client.sendCall(chain, client.accountSigner(account), call);
}

/** Puts a listing into the catalogue for the account of a wallet. Throws as `registerListing` of the client. */
export function registerListing(
  chain: client.OpenChain,
  account: LocalAccount,
  body: ListingBody,
  listing?: bigint,
): Promise<client.RegisteredListing> {
  return client.registerListing(chain, client.accountSigner(account), body, listing);
}
