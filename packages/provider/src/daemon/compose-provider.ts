import type { Evidence } from "@apoc/attestation";
import type { SignatureVerifier } from "@apoc/core";
import type { Hono } from "hono";
import type { LocalAccount } from "viem";
import {
  AdmissionDesk,
  createGrantFinder,
  type ProviderChainView,
  type ProviderIdentity,
} from "../admission/index.ts";
import { createApp, ProviderService } from "../api/index.ts";
import { Claimer, type ProviderChain, Settler } from "../claims/index.ts";
import type { Clock } from "../clock.ts";
import { ContentDigests, type ContentStore, type ImagePuller } from "../images/index.ts";
import type { PodUrls } from "../ingress/index.ts";
import type { Log } from "../log.ts";
import { Meter } from "../metering/index.ts";
import { ChannelWatch, createPodStarter, Reconciler } from "../reconcile/index.ts";
import type { PodRuntime } from "../runtime/index.ts";
import type { State } from "../state/index.ts";
import type { ProviderKeys } from "../tee/index.ts";
import { Removals } from "./removals.ts";

/** What a provider is made of: whatever has another side (chain, TEE, runtime, database, registries) is a port. */
export interface ProviderParts {
  readonly identity: ProviderIdentity;
  /** Signs quotes. */
  readonly account: Pick<LocalAccount, "signTypedData">;
  readonly keys: ProviderKeys;
  /** Answers a nonce with this provider's evidence. */
  readonly attest: (nonce: Uint8Array) => Promise<Evidence>;
  readonly developmentTee: boolean;
  readonly state: State;
  readonly runtime: PodRuntime;
  readonly chain: ProviderChainView;
  readonly verifySignature: SignatureVerifier;
  /** Sends the provider's transactions. */
  readonly providerChain: ProviderChain;
  readonly store: ContentStore;
  readonly puller: ImagePuller;
  /** Absent where pods are not served. */
  readonly podUrls?: PodUrls;
  /** Base units below which a claim by interval is not worth its fee. */
  readonly minimumClaim: bigint;
  /** How long pods keep running while the chain looks stale or forked. */
  readonly suspendAfterSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A provider that is put together and does nothing yet. */
export interface Provider {
  readonly reconciler: Reconciler;
  readonly claimer: Claimer;
  readonly settler: Settler;
  readonly service: ProviderService;
  /** The HTTP API. */
  readonly app: Hono;
}

/** Puts a provider together: the same for `apoc provider serve` and for tests. */
export function composeProvider(parts: ProviderParts): Provider {
  const { identity, state, runtime, chain, verifySignature, clock, log } = parts;
  const { wrapping: wrappingKey } = parts.keys;
  const { store, puller, providerChain } = parts;
  const { memory } = state;
  const findGrants = createGrantFinder({
    keyId: wrappingKey.keyId,
    puller,
    memory,
    verifySignature,
    clock,
    log,
  });
  const desk = new AdmissionDesk({
    provider: identity,
    wrappingKey,
    chain,
    verifySignature,
    puller,
    contentDigests: new ContentDigests(store, puller),
    findGrants,
    memory,
    clock,
  });
  const claimer = new Claimer({ state, chain: providerChain, clock, log, minimum: parts.minimumClaim });
  const settler = new Settler({ state, claimer, chain: providerChain, clock, log });
  const removals = new Removals();
  const reconciler = new Reconciler({
    state,
    runtime,
    starter: createPodStarter({ desk, store, wrappingKey }),
    watch: new ChannelWatch(chain, parts.suspendAfterSeconds),
    sources: chain.sources,
    policy: identity.policy,
    meter: new Meter(state.usage, clock),
    clock,
    log,
    onRemoved: (pod) => void settler.settleAll(pod).then(() => removals.done(pod.id)),
    onChannelEnding: ({ channel }) => claimer.claimNow(channel),
  });
  const { account, developmentTee, attest, podUrls } = parts;
  const service = new ProviderService({
    desk,
    state,
    reconciler,
    runtime,
    wrappingKey,
    verifySignature,
    account,
    developmentTee,
    attest,
    ...(podUrls === undefined ? {} : { podUrls }),
    settler,
    removal: (id) => removals.of(id),
    clock,
  });
  return { reconciler, claimer, settler, service, app: createApp(service, log) };
}
