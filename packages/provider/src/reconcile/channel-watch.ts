import {
  type ChannelState,
  type ChannelTerms,
  type Freshness,
  type FreshnessPolicy,
  judgeSolvency,
  type OperatingPolicy,
} from "@apoc/core";
import type { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import type { WatchedChain } from "../admission/index.ts";
import { ChannelStates } from "./channel-states.ts";

/** What the chain says about letting a pod run on. */
export type ChannelVerdict =
  | { readonly kind: "good" }
  /** Nothing certain: what runs runs on, and nothing is started. */
  | { readonly kind: "unknown" }
  | { readonly kind: "bad"; readonly reason: ApocError }
  /** The channel has ended for good: it is closed, or its unlock is over, and no deposit brings it back. */
  | { readonly kind: "over"; readonly reason: ApocError };

/** How the chain is watched for pods that run: sources that do not answer stop none of them. */
export function watchPolicy(policy: OperatingPolicy): FreshnessPolicy {
  return { ...policy, silentSources: "ignore" };
}

/** A channel and what it must carry. */
export interface WatchedChannel {
  readonly id: Hex;
  readonly terms: ChannelTerms;
  /** Cumulative execution cost metered so far. */
  readonly metered: bigint;
}

/**
 * Judges running pods by the chain. Only a confirmed block that shows a channel without funds, unlocking or closed, or
 * a chain that has not been fresh for too long, stops a pod; an RPC that does not answer never does.
 */
export class ChannelWatch {
  readonly #channels: ChannelStates;
  readonly #suspendAfterSeconds: number;
  /** Unix seconds since which the chain looks wrong. */
  #troubleSince: number | undefined;

  constructor(chain: WatchedChain, suspendAfterSeconds: number) {
    this.#channels = new ChannelStates(chain);
    this.#suspendAfterSeconds = suspendAfterSeconds;
  }

  /** Takes note of a survey: to be called once a round, with Unix seconds. */
  async note(survey: Freshness, now: number): Promise<void> {
    if (survey.kind === "fresh") {
      this.#troubleSince = undefined;
      await this.#channels.advance(survey.confirmed);
    } else if (survey.kind !== "outage") this.#troubleSince ??= now;
  }

  /** The pod of this channel is gone. */
  forget(id: Hex): void {
    this.#channels.forget(id);
  }

  /** @param now Unix seconds */
  async judge(channel: WatchedChannel, survey: Freshness, now: number): Promise<ChannelVerdict> {
    if (survey.kind === "outage") return { kind: "unknown" };
    if (survey.kind !== "fresh") {
      const seen = now - (this.#troubleSince ?? now);
      const trouble = survey.kind === "stale" ? Math.max(seen, survey.ageSeconds) : seen;
      return trouble > this.#suspendAfterSeconds
        ? { kind: "bad", reason: survey.reason }
        : { kind: "unknown" };
    }
    let state: ChannelState;
    try {
      state = await this.#channels.state(channel.id, now);
    } catch {
      return { kind: "unknown" };
    }
    const solvency = judgeSolvency(
      channel.id,
      channel.terms,
      state,
      { minRunwaySeconds: 1, metered: channel.metered },
      { now, confirmedAt: survey.confirmed.timestamp },
    );
    if (solvency.kind === "solvent") return { kind: "good" };
    return { kind: solvency.kind === "over" ? "over" : "bad", reason: solvency.reason };
  }
}
