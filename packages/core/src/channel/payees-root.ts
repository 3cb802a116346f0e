import { ApocError } from "@apoc/errors";
import { type Address, concat, encodeAbiParameters, getAbiItem, type Hex, keccak256 } from "viem";
import { paymentErrors } from "../errors.ts";
import { paymentChannelAbi } from "./abi.gen.ts";
import { type ChannelHeader, channelLimits, type Payee } from "./accrual.ts";

const zeroHash: Hex = `0x${"00".repeat(32)}`;
const uint256 = { type: "uint256" } as const;
/** From the generated ABI: header and payee are described nowhere else. */
const headerType = getAbiItem({ abi: paymentChannelAbi, name: "channelId" }).inputs[0];
const payeeType = getAbiItem({ abi: paymentChannelAbi, name: "due" }).inputs[2];

/** Root over `payees` in their order, as the contract builds it (docs/spec/channel.md). No payees: zero. @throws TOO_MANY_PAYEES */
export function payeesRoot(payees: readonly Payee[]): Hex {
  return levels(payees).at(-1)?.[0] ?? zeroHash;
}

/** Proof that `payees[index]` is under `payeesRoot(payees)`, for `withdraw`, `withdrawFor` and `redeem`. @throws CHANNEL_INVALID */
export function payeeProof(payees: readonly Payee[], index: number): readonly Hex[] {
  if (payees[index] === undefined) {
    throw invalid("index", `0 to ${payees.length - 1}`, String(index));
  }
  const proof: Hex[] = [];
  for (const [depth, level] of levels(payees).entries()) {
    const sibling = level[(index >> depth) ^ 1];
    if (sibling !== undefined) proof.push(sibling);
  }
  return proof;
}

/** Sums that the header states and the contract checks at creation. @throws CHANNEL_INVALID where one is too large */
export function sums(payees: readonly Payee[]): Pick<ChannelHeader, "sumOneTime" | "sumRate" | "sumShare"> {
  const sumOneTime = payees.reduce((sum, { oneTime }) => sum + oneTime, 0n);
  const sumRate = payees.reduce((sum, { rate }) => sum + rate, 0n);
  const sumShare = payees.reduce((sum, { share }) => sum + share, 0);
  if (sumOneTime >= 1n << 96n) throw invalid("sumOneTime", "below 2^96", String(sumOneTime));
  if (sumRate >= 1n << 96n) throw invalid("sumRate", "below 2^96", String(sumRate));
  if (sumShare >= 2 ** 32) throw invalid("sumShare", "below 2^32", String(sumShare));
  return { sumOneTime, sumRate, sumShare };
}

/** `keccak256(abi.encode(chainId, contract, header))`: commits to chain, contract and all terms. */
export function channelId(chainId: number, contract: Address, header: ChannelHeader): Hex {
  return keccak256(
    encodeAbiParameters([uint256, { type: "address" }, headerType], [BigInt(chainId), contract, header]),
  );
}

/** From the leaves up to the root; the last node of an odd level rises unchanged. */
function levels(payees: readonly Payee[]): Hex[][] {
  if (payees.length > channelLimits.maxPayees) {
    throw new ApocError(paymentErrors.TOO_MANY_PAYEES, {
      field: "payees",
      expected: `at most ${channelLimits.maxPayees}`,
      actual: String(payees.length),
    });
  }
  let level = payees.map((payee, index) =>
    keccak256(encodeAbiParameters([uint256, payeeType], [BigInt(index), payee])),
  );
  const all = [level];
  while (level.length > 1) {
    const parents: Hex[] = [];
    for (let i = 0; i < level.length; i += 2) parents.push(node(level[i]!, level[i + 1]));
    all.push(parents);
    level = parents;
  }
  return all;
}

/** Children in ascending order, so that a proof needs no sides. Lower-case hex of equal length sorts as its numbers do. */
function node(left: Hex, right: Hex | undefined): Hex {
  if (right === undefined) return left;
  return keccak256(concat(left < right ? [left, right] : [right, left]));
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(paymentErrors.CHANNEL_INVALID, { field, expected, actual });
}
