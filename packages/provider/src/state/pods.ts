import type { ChannelTerms, PodIdentity, PodState, ResourcePrices } from "@apoc/core";
import type { ErrorDocument } from "@apoc/errors";
import type { Hex } from "viem";

/** What a pod serves at the ingress. */
export interface PodIngress {
  readonly port: number;
  /** Host name that it asks for, beside that of its label; lower case. */
  readonly host?: string;
}

/** A channel that pays, or has paid, for a pod. */
export interface PodChannel {
  readonly id: Hex;
  readonly terms: ChannelTerms;
}

/** What admission has decided about a pod. */
export interface AdmittedPod extends PodIdentity {
  /** `podUid` of publisher and pod id. */
  readonly id: Hex;
  readonly name: string;
  /** Exact body of the request. */
  readonly request: Uint8Array;
  /** The channel that pays from now on. */
  readonly channel: PodChannel;
  /** Prices at which it was admitted: later ones do not touch it. */
  readonly prices: ResourcePrices;
  /** Execution rate of this generation at those prices. */
  readonly rate: bigint;
  readonly ingress?: PodIngress;
}

/** A pod as the provider means it to be. Once it is removed `request` is empty and `ingress` absent. */
export interface PodRecord extends AdmittedPod {
  /** First label of its host name at the ingress; unique. */
  readonly label: string;
  readonly state: PodState;
  readonly generation: number;
  /** All its channels, oldest first; the last one is `channel`. */
  readonly channels: readonly PodChannel[];
  readonly reason?: ErrorDocument;
}

/** What the ingress needs to know of a pod. */
export interface PodRoute extends Pick<PodRecord, "id" | "state"> {
  readonly port: number;
}

/** The pods and what each is meant to be. Times are Unix milliseconds; each method is one atomic step. */
export interface PodStore {
  /** Stores the intent to run a pod: a new one, or the next generation of a known one. */
  admit(pod: AdmittedPod, now: number): Promise<PodRecord>;
  /** Stores the next generation of a pod; nothing, and gives `undefined`, when it is draining, removed or unknown. */
  update(pod: AdmittedPod, now: number): Promise<PodRecord | undefined>;
  get(id: string): Promise<PodRecord | undefined>;
  /** The pod that a channel pays, or has paid, for. */
  byChannel(channel: string): Promise<PodRecord | undefined>;
  /** All pods, oldest first. */
  all(): Promise<PodRecord[]>;
  /** Pods that are not removed, oldest first. */
  live(): Promise<PodRecord[]>;
  /** Route of the live pod with this label. An indexed look-up, as `routeByHost`: asked for every request. */
  routeByLabel(label: string): Promise<PodRoute | undefined>;
  /** Route of the oldest live pod that asks for this host name. */
  routeByHost(host: string): Promise<PodRoute | undefined>;
  /** Moves a pod to a state. Changes nothing when it has another generation now, or is draining or removed. */
  setState(
    id: string,
    generation: number,
    state: PodState,
    now: number,
    reason?: ErrorDocument,
  ): Promise<void>;
  /** Stores the intent to remove a pod. */
  drain(id: string, now: number): Promise<void>;
  /** Marks a draining pod as removed; only what claims need is kept. */
  removed(id: string, now: number): Promise<void>;
}
