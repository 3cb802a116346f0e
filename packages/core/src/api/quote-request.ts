import type { Address, Hex } from "viem";
import { z } from "zod";
import type { Payee } from "../channel/accrual.ts";
import { payeeSchema } from "../channel/wire.ts";
import type { PodManifest } from "../manifest/pod-manifest.ts";
import { podManifestSchema, validatePodManifest } from "../manifest/pod-manifest-schema.ts";
import { addressSchema, bytes32Schema } from "../schema/hex.ts";
import { parseBody } from "./parse-body.ts";

/** Body of `POST /v1/quote`. Not signed: a quote binds the provider only. */
export interface QuoteRequest {
  readonly version: 1;
  readonly publisher: Address;
  readonly token: Address;
  readonly podId: Hex;
  readonly manifest: PodManifest;
  readonly payees: readonly Payee[];
}

// The manifest is read by a parser of its own, which says more about what is wrong.
const envelopeSchema = z.strictObject({
  version: z.literal(1),
  publisher: addressSchema,
  token: addressSchema,
  podId: bytes32Schema,
  manifest: z.unknown(),
  payees: z.array(payeeSchema).max(16),
});

/** Form of a {@link QuoteRequest} on the wire. */
export const quoteRequestSchema = envelopeSchema.extend({ manifest: podManifestSchema });

/** Reads a body strictly. @throws MANIFEST_FIELD */
export function parseQuoteRequest(body: Uint8Array): QuoteRequest {
  const { manifest, ...rest } = parseBody(envelopeSchema, body);
  return { ...rest, manifest: validatePodManifest(manifest) };
}
