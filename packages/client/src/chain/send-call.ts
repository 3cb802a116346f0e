import { ApocError } from "@apoc/errors";
import {
  type Abi,
  type ContractFunctionArgs,
  type ContractFunctionName,
  encodeFunctionData,
  type TransactionReceipt,
} from "viem";
import { clientErrors } from "../errors.ts";
import type { Signer } from "../ports.ts";
import { chainError } from "./chain-error.ts";
import type { OpenChain } from "./connect-chain.ts";

type Mutability = "nonpayable" | "payable";

/** A call of a contract function that changes state. */
export interface ContractCall<A extends Abi, F extends ContractFunctionName<A, Mutability>> {
  readonly address: `0x${string}`;
  readonly abi: A;
  readonly functionName: F;
  readonly args: ContractFunctionArgs<A, Mutability, F>;
}

/** Calls as viem takes them when the ABI is only known as such. */
type LooseCall = { address: `0x${string}`; abi: Abi; functionName: string; args: readonly unknown[] };

/** Percent of the estimate given as gas limit: time passes between estimate and inclusion, and state moves. */
const gasPercent = 125n;
const receiptMilliseconds = 120_000;

/**
 * Simulates the call, sends it, and waits until it has the network's confirmations. What would revert is not sent.
 * Throws TRANSACTION_REVERTED (`actual`: the contract's error), NETWORK_FEE_UNPAYABLE, CHAIN_UNREACHABLE,
 * SIGNING_DECLINED, TRANSACTION_UNCONFIRMED (`actual`: the hash).
 */
export async function sendCall<const A extends Abi, F extends ContractFunctionName<A, Mutability>>(
  chain: OpenChain,
  signer: Signer,
  call: ContractCall<A, F>,
): Promise<TransactionReceipt> {
  const loose = call as unknown as LooseCall;
  const { client, signal, network } = chain;
  signal.throwIfAborted();
  let hash: `0x${string}`;
  try {
    const account = signer.address;
    await client.simulateContract({ ...loose, account });
    const gas = ((await client.estimateContractGas({ ...loose, account })) * gasPercent) / 100n;
    hash = await signer.sendTransaction({ to: call.address, data: encodeFunctionData(loose), gas }, chain);
  } catch (error) {
    throw chainError(error, call.functionName);
  }
  const receipt = await untilAborted(
    signal,
    client.waitForTransactionReceipt({
      hash,
      confirmations: network.confirmations ?? 1,
      timeout: receiptMilliseconds,
    }),
    hash,
  ).catch((error: unknown) => {
    throw chainError(error, `${call.functionName} ${hash}`);
  });
  if (receipt.status === "success") return receipt;
  throw new ApocError(clientErrors.TRANSACTION_REVERTED, {
    field: `${call.functionName} ${hash}`,
    actual: "reverted when included",
  });
}

/** Network fee of a call in wei: gas estimate times the present fee per gas. Throws as {@link sendCall}. */
export async function estimateCallFee<const A extends Abi, F extends ContractFunctionName<A, Mutability>>(
  chain: OpenChain,
  from: `0x${string}`,
  call: ContractCall<A, F>,
): Promise<bigint> {
  try {
    const [gas, price] = await Promise.all([
      chain.client.estimateContractGas({ ...(call as unknown as LooseCall), account: from }),
      chain.client.getGasPrice(),
    ]);
    return gas * price;
  } catch (error) {
    throw chainError(error, call.functionName);
  }
}

/** What is sent cannot be called back: an interruption while waiting says so and names the transaction. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>, hash: string): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () =>
      reject(new ApocError(clientErrors.TRANSACTION_UNCONFIRMED, { actual: hash, cause: signal.reason }));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
