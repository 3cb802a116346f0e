import {
  addressSchema,
  bytes32Schema,
  type ChannelTerms,
  decimalSchema,
  parseTerms,
  type PodManifest,
  toWire,
  validatePodManifest,
} from "@apoc/core";
import { parseStrictJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { clientErrors } from "../errors.ts";

/**
 * Stages of a deployment as this machine knows it. `opening`: written before the transaction is sent; `open`: the
 * channel is on the chain; `deployed`: the provider took the pod; `closing`: it was told to stop, funds unlock;
 * `closed`: the rest is back.
 */
export const deploymentStates = ["opening", "open", "deployed", "closing", "closed"] as const;
export type DeploymentState = (typeof deploymentStates)[number];

/** A pod that was deployed from here: enough to resume, to ask about it, and to get the money back. No secrets. */
export interface Deployment {
  readonly version: 1;
  /** Channel id, which is also the pod's id at the provider. */
  readonly id: `0x${string}`;
  readonly name: string;
  readonly state: DeploymentState;
  readonly network: string;
  readonly chainId: number;
  readonly contract: `0x${string}`;
  readonly providerUrl: string;
  /** TLS and wrapping key that the evidence bound, base64 SPKI; TLS may be empty. */
  readonly tlsKey: string;
  readonly wrappingKey: string;
  readonly terms: ChannelTerms;
  /** Every image pinned. */
  readonly manifest: PodManifest;
  /** Base units. */
  readonly deposit: bigint;
  /** Where the pod is reached, once known. */
  readonly address?: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

const schema = z.strictObject({
  version: z.literal(1),
  id: bytes32Schema,
  name: z.string().max(64),
  state: z.enum(deploymentStates),
  network: z.string().max(64),
  chainId: z.int().positive(),
  contract: addressSchema,
  providerUrl: z.url().max(2048),
  tlsKey: z.string().max(4096),
  wrappingKey: z.string().max(4096),
  terms: z.unknown(),
  manifest: z.unknown(),
  deposit: decimalSchema,
  address: z.string().max(2048).optional(),
  createdAt: z.string().max(40),
});

/** The text of a record's file. */
export function encodeDeployment(deployment: Deployment): string {
  return `${JSON.stringify(toWire(deployment), null, 2)}\n`;
}

/** Reads a record. Throws RECORD_INVALID. */
export function parseDeployment(text: string, field: string): Deployment {
  try {
    const { address, ...rest } = schema.parse(parseStrictJson(text));
    return {
      ...rest,
      terms: parseTerms(rest.terms),
      manifest: validatePodManifest(rest.manifest),
      ...(address === undefined ? {} : { address }),
    };
  } catch (cause) {
    throw new ApocError(clientErrors.RECORD_INVALID, { field, cause });
  }
}
