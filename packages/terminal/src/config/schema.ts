import { patterns } from "@apoc/encoding";
import { z } from "zod";

const address = z
  .string()
  .regex(patterns.address, "an address: 0x and 40 hex digits")
  .transform((text) => text as `0x${string}`);

/** Names of networks and wallets: they become file names and table cells. */
export const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const network = z.strictObject({
  /** CAIP-2, eip155 only. */
  chain: z
    .string()
    .regex(/^eip155:[1-9]\d{0,14}$/, "a CAIP-2 id such as eip155:31337")
    .transform((text) => text as `eip155:${number}`),
  /** HTTP(S) endpoints; the first that answers is used. */
  rpc: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(8),
  paymentChannel: address.optional(),
  marketplace: address.optional(),
  /** ERC-20 that channels are funded in. */
  token: address.optional(),
  /** Blocks, the including one counted, after which a transaction counts; default 1. */
  confirmations: z.int().min(1).max(1000).optional(),
});

/** config.yaml; unknown keys are errors. */
export const configSchema = z.strictObject({
  /** Default network. */
  network: z.string().regex(namePattern).optional(),
  /** Default wallet. */
  wallet: z.string().regex(namePattern).optional(),
  networks: z.record(z.string().regex(namePattern), network).default({}),
  /** Where images in IPFS are fetched from and published to; default: a node of this machine. */
  ipfs: z
    .strictObject({
      /** Base URLs of trustless gateways, asked in this order. */
      gateways: z
        .array(z.url({ protocol: /^https?$/ }))
        .min(1)
        .max(8)
        .optional(),
      /** Base URL of the RPC of a Kubo node. */
      api: z.url({ protocol: /^https?$/ }).optional(),
    })
    .optional(),
  /** Trust policy of attestation; relative to the configuration folder. */
  trustPolicy: z.string().min(1).max(4096).optional(),
});
