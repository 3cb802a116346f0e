import type { ErrorDocument } from "@apoc/errors";
import type { Address, Hex } from "viem";
import { z } from "zod";
import { type CheckName, checkNames } from "../admission/check-names.ts";
import { type ChannelTerms, termsSchema } from "../channel/wire.ts";
import { maxPodChannels, type PodIdentity } from "../pod/pod-identity.ts";
import type { ResourcePrices } from "../price/resource-price.ts";
import { decimalSchema } from "../schema/decimal.ts";
import { addressSchema, bytes32Schema, signatureSchema } from "../schema/hex.ts";
import { errorDocumentSchema, peerText } from "./error-document.ts";

/** Rules a provider runs by. It announces them; evidence does not bind them. */
export interface OperatingPolicy {
  readonly confirmations: number;
  readonly maxHeadAgeSeconds: number;
  readonly minRunwaySeconds: number;
  readonly minGraceSeconds: number;
  readonly monitors: readonly Address[];
}

/** `GET /v1/info`: who the provider is and what it charges. Nothing here is to be believed before attestation. */
export interface ProviderInfo {
  readonly version: 1;
  readonly provider: Address;
  readonly chainId: number;
  readonly contract: Address;
  readonly tokens: readonly Address[];
  readonly platform: { readonly os: "linux"; readonly architecture: string };
  readonly prices: ResourcePrices;
  readonly policy: OperatingPolicy;
  readonly developmentTee: boolean;
  readonly ingress?: string;
}

export const providerInfoSchema: z.ZodType<ProviderInfo> = z.object({
  version: z.literal(1),
  provider: addressSchema,
  chainId: z.int().positive(),
  contract: addressSchema,
  tokens: z.array(addressSchema).max(32),
  platform: z.object({ os: z.literal("linux"), architecture: peerText(32) }),
  prices: z.object({ cpuCore: decimalSchema, memoryGiB: decimalSchema, storageGiB: decimalSchema }),
  policy: z.object({
    confirmations: z.int().min(0),
    maxHeadAgeSeconds: z.int().positive(),
    minRunwaySeconds: z.int().min(0),
    minGraceSeconds: z.int().min(0),
    monitors: z.array(addressSchema).max(32),
  }),
  developmentTee: z.boolean(),
  ingress: peerText(300).optional(),
}) as z.ZodType<ProviderInfo>;

/** Verdict of one admission check as a quote reports it; `later` is what only a deployed pod can show. */
export interface CheckVerdict {
  readonly check: CheckName;
  readonly verdict: "pass" | "fail" | "later" | "skipped";
  readonly error?: ErrorDocument;
}

/** Answer to a quote request. With a failed check there is no signature. */
export interface Quote {
  readonly version: 1;
  readonly checks: readonly CheckVerdict[];
  readonly channel: ChannelTerms;
  readonly channelId: Hex;
  /** Provider's EIP-712 signature of `Quote(bytes32 channelId)`. */
  readonly signature?: Hex;
}

export const quoteSchema = z.object({
  version: z.literal(1),
  checks: z
    .array(
      z.object({
        check: z.enum(checkNames),
        verdict: z.enum(["pass", "fail", "later", "skipped"]),
        error: errorDocumentSchema.optional(),
      }),
    )
    .max(checkNames.length)
    // A provider that leaves a check out has not made it.
    .refine((all) => checkNames.every((name, index) => all[index]?.check === name), "every check, in order"),
  channel: termsSchema,
  channelId: bytes32Schema,
  signature: signatureSchema.optional(),
}) as unknown as z.ZodType<Quote>;

/** States of a pod at a provider. */
export const podStates = [
  "accepted",
  "preparing",
  "running",
  "degraded",
  "suspended",
  "draining",
  "removed",
  "failed",
] as const;
export type PodState = (typeof podStates)[number];

/** What a pod owes by one of its channels; amounts in base units. */
export interface PodChannelStatus {
  /** Channel id. */
  readonly id: Hex;
  /** Execution cost metered so far. */
  readonly metered: bigint;
  /** Of which claimed on chain. */
  readonly claimed: bigint;
}

/** `GET /v1/pods/{publisher}/{podId}`. */
export interface PodStatus extends PodIdentity {
  readonly version: 2;
  readonly name: string;
  readonly state: PodState;
  /** Why it is suspended or failed. */
  readonly reason?: ErrorDocument;
  readonly address?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly phase: string;
    readonly restarts: number;
    readonly exitCode?: number;
  }[];
  /** Channels that paid for the pod, oldest first; the last one pays. */
  readonly channels: readonly PodChannelStatus[];
}

export const podStatusSchema = z.object({
  version: z.literal(2),
  publisher: addressSchema,
  podId: bytes32Schema,
  name: peerText(64),
  state: z.enum(podStates),
  reason: errorDocumentSchema.optional(),
  address: peerText(300).optional(),
  containers: z
    .array(
      z.object({
        name: peerText(64),
        phase: peerText(32),
        restarts: z.int(),
        exitCode: z.int().optional(),
      }),
    )
    .max(64),
  channels: z
    .array(z.object({ id: bytes32Schema, metered: decimalSchema, claimed: decimalSchema }))
    .min(1)
    .max(maxPodChannels),
}) as unknown as z.ZodType<PodStatus>;
