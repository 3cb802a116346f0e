import {
  addressSchema,
  bytes32Schema,
  type ChannelTerms,
  decimalSchema,
  maxPodChannels,
  parseTerms,
  type PodIdentity,
  type PodManifest,
  sessionKeySchema,
  toWire,
  validatePodManifest,
} from "@apoc/core";
import { parseStrictJson } from "@apoc/encoding";
import { ApocError, isApocError } from "@apoc/errors";
import type { Hex } from "viem";
import { z } from "zod";
import type { Channel } from "../channel/account.ts";
import { clientErrors } from "../errors.ts";

/**
 * Stages of a deployment as this machine knows it. `opening`: written before the transaction is sent; `open`: the
 * channel is on the chain; `deployed`: the provider took the pod; `closing`: it was told to stop, funds unlock;
 * `closed`: the rest is back.
 */
export const deploymentStates = ["opening", "open", "deployed", "closing", "closed"] as const;
export type DeploymentState = (typeof deploymentStates)[number];

/** A channel that was opened for a pod. */
export interface DeploymentChannel {
  readonly id: Hex;
  readonly terms: ChannelTerms;
  /** Base units. */
  readonly deposit: bigint;
}

/** The pod's first key: the pod id is made of its public half and the salt. The key itself is in `ClientPorts.sessions`. */
export interface DeploymentSession {
  readonly key: Hex;
  readonly salt: Hex;
}

/** A pod that was deployed from here: enough to resume, to ask about it, and to get the money back. No secrets. */
export interface Deployment extends PodIdentity {
  readonly version: 2;
  readonly session: DeploymentSession;
  /** Oldest first; the last one pays. */
  readonly channels: readonly DeploymentChannel[];
  readonly name: string;
  readonly state: DeploymentState;
  readonly network: string;
  readonly chainId: number;
  readonly contract: `0x${string}`;
  readonly providerUrl: string;
  /** TLS and wrapping key that the evidence bound, base64 SPKI; TLS may be empty. */
  readonly tlsKey: string;
  readonly wrappingKey: string;
  /** Every image pinned. */
  readonly manifest: PodManifest;
  /** Where the pod is reached, once known. */
  readonly address?: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

const schema = z.strictObject({
  version: z.literal(2),
  publisher: addressSchema,
  podId: bytes32Schema,
  session: z.strictObject({ key: sessionKeySchema, salt: bytes32Schema }),
  channels: z
    .array(z.strictObject({ id: bytes32Schema, terms: z.unknown(), deposit: decimalSchema }))
    .min(1)
    .max(maxPodChannels),
  name: z.string().max(64),
  state: z.enum(deploymentStates),
  network: z.string().max(64),
  chainId: z.int().positive(),
  contract: addressSchema,
  providerUrl: z.url().max(2048),
  tlsKey: z.string().max(4096),
  wrappingKey: z.string().max(4096),
  manifest: z.unknown(),
  address: z.string().max(2048).optional(),
  createdAt: z.string().max(40),
});

/** The text of a record's file. */
export function encodeDeployment(deployment: Deployment): string {
  return `${JSON.stringify(toWire(deployment), null, 2)}\n`;
}

/** Reads a record. Throws RECORD_VERSION for one of another version, RECORD_INVALID. */
export function parseDeployment(text: string, field: string): Deployment {
  try {
    const value = parseStrictJson(text);
    assertVersion(value, field);
    const { address, channels, ...rest } = schema.parse(value);
    return {
      ...rest,
      channels: channels.map((channel) => ({ ...channel, terms: parseTerms(channel.terms) })),
      manifest: validatePodManifest(rest.manifest),
      ...(address === undefined ? {} : { address }),
    };
  } catch (cause) {
    if (isApocError(cause, clientErrors.RECORD_VERSION)) throw cause;
    throw new ApocError(clientErrors.RECORD_INVALID, { field, cause });
  }
}

/** The channel that pays for a pod, and its contract. */
export function payingChannel({ contract, channels }: Deployment): DeploymentChannel & Channel {
  return { contract, ...channels.at(-1)! };
}

function assertVersion(value: unknown, field: string): void {
  const version =
    typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version !== "number" || version === 2) return;
  throw new ApocError(clientErrors.RECORD_VERSION, { field, expected: "2", actual: String(version) });
}
