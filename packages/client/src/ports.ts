import type { CollateralServices, TrustPolicy } from "@apoc/attestation";
import type { SessionKey, TypedDataSigner } from "@apoc/core";
import type { OpenReferenceOptions } from "@apoc/oci";
import type { Address, Hex } from "viem";
import type { OpenChain } from "./chain/connect-chain.ts";
import type { ClientEvent } from "./events.ts";
import type { Deployment } from "./pod/record.ts";

/** A call of a contract, ready to be signed and sent. */
export interface OutgoingTransaction {
  readonly to: Address;
  readonly data: Hex;
  /** Gas limit. */
  readonly gas: bigint;
}

/**
 * Signs for one account and sends its transactions: a key in memory (`accountSigner`) or a wallet in a browser
 * (`browserSigner`).
 */
export interface Signer extends TypedDataSigner {
  /**
   * Signs and sends a transaction on a chain and returns its hash; does not wait for a receipt.
   * Throws SIGNING_DECLINED, and what the chain client throws.
   */
  sendTransaction(transaction: OutgoingTransaction, chain: OpenChain): Promise<Hex>;
}

/** Reads the trust policy that providers are judged by. Called once for each attestation. */
export type TrustPolicySource = () => Promise<TrustPolicy>;

/** A connection to servers that the use case itself authenticates. */
export interface Connection {
  /** As the global `fetch`, without following redirects. Throws PEER_KEY_CHANGED, PEER_UNREACHABLE, PEER_TIMED_OUT. */
  readonly fetch: typeof globalThis.fetch;
  /**
   * SubjectPublicKeyInfo (DER) of the TLS key of the server at `origin`, the same for the whole connection. Undefined
   * over plain HTTP, before the first request, and where the platform does not show it: browsers do not, so HTTPS
   * needs a connection that can (Node's, or one that seals requests to the attested key).
   */
  peerKey(origin: string): Uint8Array | undefined;
  /** Closes idle connections; may be called again. */
  close(): Promise<void>;
}

/** Opens a {@link Connection} that has seen no server yet. `pinnedConnection` of `@apoc/client/node` is one. */
export type Connect = () => Connection;

/** Time, so that a test can move it. `systemClock` is the platform's. */
export interface Clock {
  now(): Date;
  /** Resolves after `milliseconds`; rejects with the reason of `signal` when that is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** How images are read: credentials of registries, gateways of IPFS, a `fetch`. Anonymous registries need nothing. */
export type ImageAccess = Omit<OpenReferenceOptions, "signal">;

/**
 * Keeps deployments: without its record, a channel is found again only by searching the chain, and its pod not at all.
 * A record is small and holds no secrets. `deploymentFiles` of `@apoc/client/node` is one, `memoryRecords` another.
 */
export interface DeploymentRecords {
  /** Adds or replaces the record of the deployment's pod id; durable once resolved. */
  save(deployment: Deployment): Promise<void>;
  /** Forgets a deployment whose channel was never opened. */
  remove(podId: Hex): Promise<void>;
  /** All records, newest first. Throws RECORD_INVALID. */
  list(): Promise<readonly Deployment[]>;
}

/** A session key that is not kept yet. */
export interface NewSessionKey extends SessionKey {
  /** Keeps it, so that `open` gives it again; durable once resolved. */
  keep(): Promise<void>;
}

/**
 * Keeps keys of pods, which sign requests about them. `sessionKeyFiles` of `@apoc/client/node` is one; `memorySessionKeys`
 * and one in a browser's storage never give out the private half.
 */
export interface SessionKeys {
  create(): Promise<NewSessionKey>;
  /** The key with this public half. Throws SESSION_KEY_MISSING. */
  open(key: Hex): Promise<SessionKey>;
}

/** Receives what a use case does while it does it. It must not throw. */
export type EventListener<Event extends ClientEvent = ClientEvent> = (event: Event) => void;

/** What use cases get from their surroundings; each names those that it needs. */
export interface ClientPorts {
  readonly chain: OpenChain;
  readonly signer: Signer;
  readonly policy: TrustPolicySource;
  /** Where collateral comes from that a provider leaves out of its evidence. */
  readonly collateral: CollateralServices;
  readonly connect: Connect;
  readonly images: ImageAccess;
  readonly records: DeploymentRecords;
  readonly sessions: SessionKeys;
  readonly clock: Clock;
  /** Aborts requests and waiting. What is already sent to a chain stays sent. */
  readonly signal: AbortSignal;
  readonly onEvent: EventListener;
}
