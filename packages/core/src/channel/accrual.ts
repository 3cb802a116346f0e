import type { Address, Hex } from "viem";

/** Who is paid what, for which image: `IPaymentChannel.Payee`. Amounts in base units, rate times 2^32 a second. */
export interface Payee {
  readonly to: Address;
  /** D without the prefix `sha256:`. */
  readonly imageDigest: Hex;
  readonly licenseHash: Hex;
  /** Vests at acceptance. */
  readonly oneTime: bigint;
  readonly rate: bigint;
  /** Parts per million of the provider's execution cost, on top of it. */
  readonly share: number;
  /** Upper bound of the cumulative voucher. */
  readonly meteredCap: bigint;
}

/** All terms of a channel: `IPaymentChannel.Header`. Times in seconds. */
export interface ChannelHeader {
  readonly publisher: Address;
  readonly provider: Address;
  readonly token: Address;
  readonly podId: Hex;
  /** The zero address: the provider claims under `maxExecRate`. */
  readonly meter: Address;
  readonly grace: number;
  readonly acceptBy: number;
  /** Cap of claims, base units times 2^32 a second. */
  readonly maxExecRate: bigint;
  /** Claimable at once on top of the cap over time. */
  readonly execBurst: bigint;
  readonly sumOneTime: bigint;
  readonly sumRate: bigint;
  readonly sumShare: number;
  readonly payeesRoot: Hex;
}

/** What the contract stores of a channel: the answer of `channel(id)`. */
export interface ChannelState {
  /** Deposits less refunds. */
  readonly deposited: bigint;
  /** Execution cost claimed so far. */
  readonly exec: bigint;
  readonly providerPaid: bigint;
  /** Sum of the redeemed vouchers of all payees. */
  readonly metered: bigint;
  /** Zero: not accepted. */
  readonly acceptedAt: number;
  /** Zero: not unlocking. */
  readonly unlockAt: number;
  /** Seconds since acceptance in which the rates were not covered, as of the last deposit. */
  readonly unfundedSeconds: number;
  readonly closed: boolean;
}

/** What the contract stores of a payee: the answer of `payeeAccount(id, index)`. */
export interface PayeeAccount {
  readonly paid: bigint;
  readonly metered: bigint;
}

/** The contract's bounds, which it also answers itself. */
export const channelLimits = { minGrace: 60, maxGrace: 90 * 86_400, maxPayees: 16 } as const;

const shareUnit = 1_000_000n;
const rateBits = 32n;
/** Time stands still for a channel from here on. */
const endOfTime = 0xffff_ffff;

/** Base units owed after `seconds` at `rate` (times 2^32 a second). */
export function rateCost(rate: bigint, seconds: number): bigint {
  return (rate * BigInt(seconds)) >> rateBits;
}

/** Base units owed as `share` (parts per million) of an execution cost. */
export function shareCost(exec: bigint, share: number): bigint {
  return (exec * BigInt(share)) / shareUnit;
}

/**
 * Seconds between acceptance and `now` in which all rates were covered; those without funds are not owed, neither then
 * nor after a later deposit. Equal to the contract's to the second (docs/spec/channel.md).
 */
export function fundedSeconds(state: ChannelState, header: ChannelHeader, now: number): number {
  if (state.acceptedAt === 0) return 0;
  const elapsed = horizon(state, now) - state.acceptedAt - state.unfundedSeconds;
  return Math.min(elapsed, secondsFor(rateBudget(state, header), header.sumRate));
}

/** Due to the provider: what it claimed and did not take yet. Usage that was not claimed is not in it. */
export function providerDue(state: ChannelState): bigint {
  return state.exec - state.providerPaid;
}

/** Due to a payee at `now`. That the payee is one of the channel is not checked: see `payeesRoot`. */
export function payeeDue(
  state: ChannelState,
  header: ChannelHeader,
  payee: Payee,
  account: PayeeAccount,
  now: number,
): bigint {
  if (state.acceptedAt === 0) return 0n;
  const promised =
    payee.oneTime +
    shareCost(state.exec, payee.share) +
    rateCost(payee.rate, fundedSeconds(state, header, now)) +
    account.metered;
  return promised - account.paid;
}

/** Not due to anybody at `now`; refundable once an unlock is over. */
export function available(state: ChannelState, header: ChannelHeader, now: number): bigint {
  if (state.acceptedAt === 0) return state.deposited;
  return rateBudget(state, header) - rateCost(header.sumRate, fundedSeconds(state, header, now));
}

/**
 * The highest cumulative execution cost that a claim can reach at `now`: `maxExecRate` over the time since acceptance
 * plus `execBurst`, and no more than what the funds cover together with the payees' shares. Never below `state.exec`.
 */
export function claimCap(state: ChannelState, header: ChannelHeader, now: number): bigint {
  if (state.acceptedAt === 0) return 0n;
  const cap = rateCost(header.maxExecRate, horizon(state, now) - state.acceptedAt) + header.execBurst;
  const unspent = available(state, header, now) + state.exec + shareCost(state.exec, header.sumShare);
  const affordable = ((unspent + 1n) * shareUnit - 1n) / (shareUnit + BigInt(header.sumShare));
  const limit = cap < affordable ? cap : affordable;
  return limit > state.exec ? limit : state.exec;
}

/**
 * For how many more seconds the funds pay all rates and an execution at `maxExecRate` with the shares on it; until the
 * end of an unlock at most. Before acceptance as if accepted at `now`. `Infinity` where nothing is charged over time.
 * @param reserved base units that others can still take without time: unused `meteredCap`s, usage not yet claimed.
 */
export function runwaySeconds(
  state: ChannelState,
  header: ChannelHeader,
  now: number,
  reserved = 0n,
): number {
  const vesting = state.acceptedAt === 0 ? header.sumOneTime : 0n;
  const free = available(state, header, now) - vesting - reserved;
  if (free < 0n) return 0;
  const shares = header.maxExecRate * BigInt(header.sumShare);
  const rate = header.sumRate + header.maxExecRate + (shares + shareUnit - 1n) / shareUnit;
  const byFunds = rate === 0n ? Number.POSITIVE_INFINITY : Number((free << rateBits) / rate);
  return state.unlockAt === 0 ? byFunds : Math.min(byFunds, Math.max(0, state.unlockAt - now));
}

/** Until when accrual counts. By a clock behind the chain's no less than nothing has accrued. */
function horizon(state: ChannelState, now: number): number {
  const start = state.acceptedAt + state.unfundedSeconds;
  return Math.max(start, Math.min(now, state.unlockAt === 0 ? endOfTime : state.unlockAt));
}

function rateBudget(state: ChannelState, header: ChannelHeader): bigint {
  return (
    state.deposited - header.sumOneTime - state.exec - shareCost(state.exec, header.sumShare) - state.metered
  );
}

/** The most seconds whose cost is not above `budget`. */
function secondsFor(budget: bigint, rate: bigint): number {
  if (rate === 0n) return Number.POSITIVE_INFINITY;
  const seconds = (((budget + 1n) << rateBits) - 1n) / rate;
  return seconds > BigInt(endOfTime) ? endOfTime : Number(seconds);
}
