import { marketplaceAbi } from "@apoc/core";
import { type Hex, parseEventLogs } from "viem";
import { chainError } from "../chain/chain-error.ts";
import { sendCall } from "../chain/send-call.ts";
import { readToken, type Token } from "../chain/token.ts";
import { type Approval, approvalSteps, approve, planApproval } from "../channel/approval.ts";
import { findShortfall } from "../channel/balance.ts";
import type { WalletStep } from "../channel/wallet-step.ts";
import type { ClientPorts } from "../ports.ts";

type SponsorPorts = Pick<ClientPorts, "chain" | "signer">;

/** A bid for a place among the sponsored listings; nothing has been sent. */
export interface SponsorPlan {
  readonly listing: bigint;
  readonly token: Token;
  /** Base units times 2^32 a second. */
  readonly rate: bigint;
  /** Base units that are added to the funds of the bid. */
  readonly amount: bigint;
  readonly approval: Approval;
  readonly steps: readonly WalletStep[];
}

/** A bid that is on the chain. */
export interface Sponsorship {
  readonly transaction: Hex;
  /** Unix second at which its funds are used up; may be beyond all dates. */
  readonly end: bigint;
}

/**
 * Plans to bid for a listing with `perDay` base units of the network's token a day, adding `amount` base units to the
 * funds of the bid. Given again, this changes the rate, adds funds, or both.
 * Throws INSUFFICIENT_FUNDS, CONTRACT_UNCONFIGURED, TOKEN_INVALID, CHAIN_UNREACHABLE.
 */
export async function planSponsor(
  { chain, signer }: SponsorPorts,
  { listing, perDay, amount }: { readonly listing: bigint; readonly perDay: bigint; readonly amount: bigint },
): Promise<SponsorPlan> {
  const contract = chain.address("marketplace");
  const token = await readToken(chain, chain.address("token"));
  const shortfall = await findShortfall(chain, signer.address, token, amount);
  if (shortfall !== undefined) throw shortfall;
  const approval = await planApproval(chain, signer.address, {
    token: token.address,
    spender: contract,
    amount,
  });
  const steps: WalletStep[] = [
    ...approvalSteps(approval),
    { type: "send-transaction", contract, function: "bid", amount },
  ];
  return { listing, token, rate: ratePerSecond(perDay), amount, approval, steps };
}

/** Sends what {@link planSponsor} found. Throws what `sendCall` throws. */
export async function executeSponsor(
  { chain, signer }: SponsorPorts,
  plan: SponsorPlan,
): Promise<Sponsorship> {
  const { listing, token, rate, amount, approval } = plan;
  const market = { address: chain.address("marketplace"), abi: marketplaceAbi } as const;
  await approve(chain, signer, approval);
  const { transactionHash } = await sendCall(chain, signer, {
    ...market,
    functionName: "bid",
    args: [listing, token.address, rate, amount],
  });
  const end = await chain.client
    .readContract({ ...market, functionName: "bidEnd", args: [listing, token.address, signer.address] })
    .catch((error: unknown) => {
      throw chainError(error, "bidEnd");
    });
  return { transaction: transactionHash, end };
}

/** Ends the signer's bid in the network's token; gives what came back, base units. Throws what `sendCall` throws. */
export async function unsponsor(
  { chain, signer }: SponsorPorts,
  listing: bigint,
): Promise<{ readonly transaction: Hex; readonly refund: bigint }> {
  const { logs, transactionHash } = await sendCall(chain, signer, {
    address: chain.address("marketplace"),
    abi: marketplaceAbi,
    functionName: "cancelBid",
    args: [listing, chain.address("token"), signer.address],
  });
  const [cancelled] = parseEventLogs({ abi: marketplaceAbi, logs, eventName: "BidCancelled" });
  return { transaction: transactionHash, refund: cancelled?.args.refund ?? 0n };
}

/** Rounded up by less than 2^-32 base units a second, so that days cost exactly their price. */
function ratePerSecond(perDay: bigint): bigint {
  return ((perDay << 32n) + 86_399n) / 86_400n;
}
