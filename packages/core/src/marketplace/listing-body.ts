import { canonicalJson, decodeBase64, decodeStrictJson, toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { isDigest } from "@apoc/oci";
import { type Address, type Hex, sha256, stringToBytes } from "viem";
import { z } from "zod";
import { paymentErrors } from "../errors.ts";
import { bytes32Schema, checksumAddressSchema } from "../schema/hex.ts";
import type { ListingKind } from "./market-state.ts";

/** What a provider says of itself: docs/spec/marketplace.md, "Bodies". */
export interface ProviderBody {
  readonly version: 1;
  readonly kind: "provider";
  readonly name: string;
  readonly summary: string;
  /** Where its API answers. */
  readonly url: string;
  /** Account of the channels that it accepts. */
  readonly address: Address;
}

/** An image of an app; the license is in it. */
export interface AppImage {
  /** `registry/repository@sha256:…` or `ipfs://CID@sha256:…` */
  readonly reference: string;
  readonly licenseHash: Hex;
}

/** What a developer says of an app. */
export interface AppBody {
  readonly version: 1;
  readonly kind: "app";
  readonly name: string;
  readonly summary: string;
  readonly website?: string | undefined;
  readonly images: readonly AppImage[];
}

export type ListingBody = ProviderBody | AppBody;

/** Maximum number of bytes of a body that are read. */
export const listingBodyLimit = 65_536;

/** One line that can stand in a table: no control characters, no change of direction, nothing invisible at the ends. */
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, "one line without control characters")
    .refine((text) => text.trim() === text, "no space at its ends");
const url = z.url({ protocol: /^https?$/ }).max(2048);
const common = { version: z.literal(1), name: line(64), summary: line(280) };
const body = z.discriminatedUnion("kind", [
  z.strictObject({
    ...common,
    kind: z.literal("provider"),
    url,
    address: checksumAddressSchema,
  }),
  z.strictObject({
    ...common,
    kind: z.literal("app"),
    website: url.optional(),
    images: z
      .array(
        z.strictObject({
          reference: line(512).refine(
            (text) => isDigest(text.slice(text.lastIndexOf("@") + 1)),
            "…@sha256:…",
          ),
          licenseHash: bytes32Schema,
        }),
      )
      .min(1)
      .max(64),
  }),
]);

/** A body as it is registered: its hash goes on chain, its URI into the event. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  /** sha256 of `bytes`. */
  readonly hash: Hex;
  /** `data:` URI that holds the bytes, so that no server is needed. */
  readonly uri: string;
}

/** The bytes of a body. @throws LISTING_INVALID */
export function encodeListingBody(value: ListingBody): EncodedBody {
  const bytes = stringToBytes(canonicalJson(check(value)));
  return { bytes, hash: sha256(bytes), uri: `${dataPrefix}${toBase64(bytes)}` };
}

/**
 * Reads a body that was found at the URI of a revision.
 * @throws LISTING_BODY where it is not the one of the revision, LISTING_INVALID
 */
export function parseListingBody(bytes: Uint8Array, hash: Hex, kind: ListingKind): ListingBody {
  const actual = sha256(bytes);
  if (actual !== hash) throw new ApocError(paymentErrors.LISTING_BODY, { expected: hash, actual });
  let value: unknown;
  try {
    value = decodeStrictJson(bytes, listingBodyLimit);
  } catch (cause) {
    throw new ApocError(paymentErrors.LISTING_INVALID, { detail: "Not JSON", cause });
  }
  const checked = check(value);
  if (checked.kind === kind) return checked;
  throw new ApocError(paymentErrors.LISTING_INVALID, { field: "kind", expected: kind, actual: checked.kind });
}

/** Bytes of a `data:` URI as this project writes them; undefined for any other URI. */
export function inlineBody(uri: string): Uint8Array | undefined {
  if (!uri.startsWith(dataPrefix) || uri.length > 2 * listingBodyLimit) return undefined;
  return decodeBase64(uri.slice(dataPrefix.length));
}

const dataPrefix = "data:application/json;base64,";

function check(value: unknown): ListingBody {
  const result = body.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(paymentErrors.LISTING_INVALID, { field: issue.path.join("."), detail: issue.message });
}
