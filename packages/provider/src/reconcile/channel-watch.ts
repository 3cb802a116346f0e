import {
  admissionErrors,
  type ChainView,
  type ChannelState,
  type ChannelTerms,
  runwaySeconds,
  shareCost,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import type { ChainSurvey } from "../admission/index.ts";

/** What the chain says about letting a pod run on. */
export type ChannelVerdict =
  | { readonly kind: "good" }
  /** Nothing certain: what runs runs on, and nothing is started. */
  | { readonly kind: "unknown" }
  | { readonly kind: "bad"; readonly reason: ApocError }
  /** The channel has ended for good: it is closed, or its unlock is over, and no deposit brings it back. */
  | { readonly kind: "over"; readonly reason: ApocError };

/** The part of a pod that its channel is judged by. */
export interface WatchedPod {
  readonly id: Hex;
  readonly channel: ChannelTerms;
  /** Cumulative execution cost metered so far. */
  readonly metered: bigint;
}

/**
 * Judges running pods by the chain. Only a confirmed block that shows a channel without funds, unlocking or closed, or
 * a chain that has been stale or forked for too long, stops a pod; an RPC that does not answer never does.
 */
export class ChannelWatch {
  readonly #chain: Pick<ChainView, "channel">;
  readonly #suspendAfterSeconds: number;
  /** Unix seconds since which the chain looks wrong. */
  #troubleSince: number | undefined;

  constructor(chain: Pick<ChainView, "channel">, suspendAfterSeconds: number) {
    this.#chain = chain;
    this.#suspendAfterSeconds = suspendAfterSeconds;
  }

  /** Takes note of a survey: to be called once a round, with Unix seconds. */
  note(survey: ChainSurvey, now: number): void {
    if (survey.kind === "fresh") this.#troubleSince = undefined;
    else if (survey.kind !== "outage") this.#troubleSince ??= now;
  }

  /** @param now Unix seconds */
  async judge(pod: WatchedPod, survey: ChainSurvey, now: number): Promise<ChannelVerdict> {
    if (survey.kind === "outage") return { kind: "unknown" };
    if (survey.kind === "stale" || survey.kind === "fork") {
      const seen = now - (this.#troubleSince ?? now);
      const trouble = survey.kind === "stale" ? Math.max(seen, survey.ageSeconds) : seen;
      return trouble > this.#suspendAfterSeconds
        ? { kind: "bad", reason: survey.reason }
        : { kind: "unknown" };
    }
    let state: ChannelState;
    try {
      state = await this.#chain.channel(pod.id, survey.confirmed);
    } catch {
      return { kind: "unknown" };
    }
    const reason = judgeChannel(pod, state, now);
    if (reason === undefined) return { kind: "good" };
    return { kind: isOver(state, survey.confirmedAt) ? "over" : "bad", reason };
  }
}

/** Whether a channel can never carry a pod again, at a block of this time (Unix seconds). */
export function isOver({ closed, unlockAt }: ChannelState, at: number): boolean {
  return closed || (unlockAt !== 0 && unlockAt <= at);
}

/** Why a channel does not carry its pod any more, if so. What was metered and not claimed yet counts as spent. */
export function judgeChannel(
  { id, channel, metered }: WatchedPod,
  state: ChannelState,
  now: number,
): ApocError | undefined {
  if (state.deposited === 0n && !state.closed && state.unlockAt === 0) {
    return new ApocError(admissionErrors.FUNDS_UNKNOWN, { field: id });
  }
  if (state.closed || state.unlockAt !== 0) {
    return new ApocError(admissionErrors.FUNDS_UNLOCKING, {
      field: id,
      actual: state.closed ? "closed" : `unlocks at ${new Date(state.unlockAt * 1000).toISOString()}`,
      next: { action: "fund-channel", subject: id },
    });
  }
  if (state.acceptedAt === 0) return new ApocError(admissionErrors.FUNDS_NOT_ACCEPTED, { field: id });
  const vouchers = channel.payees.reduce((sum, payee) => sum + payee.meteredCap, 0n) - state.metered;
  const unclaimed = metered > state.exec ? metered - state.exec : 0n;
  const reserved = vouchers + unclaimed + shareCost(unclaimed, channel.header.sumShare);
  if (runwaySeconds(state, channel.header, now, reserved) > 0) return undefined;
  return new ApocError(admissionErrors.FUNDS_RUNWAY, {
    field: id,
    expected: "funds",
    actual: "none left",
    next: { action: "fund-channel", subject: id },
  });
}
