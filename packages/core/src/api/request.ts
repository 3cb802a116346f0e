import { decodeBase64Url, decodeStrictJson, toBase64Url, toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type Address, type Hex, type TypedDataDefinition, keccak256 } from "viem";
import { z } from "zod";
import { admissionErrors } from "../errors.ts";
import { decimalSchema } from "../schema/decimal.ts";
import { addressSchema, bytes32Schema, signatureSchema } from "../schema/hex.ts";
import type { TypedDataSigner } from "../signature.ts";

/** What a publisher can ask a provider to do with a pod. */
export const podActions = ["deploy", "update", "status", "logs", "delete"] as const;
export type PodAction = (typeof podActions)[number];

/** The signed part of a request: docs/spec/admission.md, "Request". */
export interface RequestAuthorization {
  readonly action: PodAction;
  /** Channel id. */
  readonly pod: Hex;
  /** Provider that is meant. */
  readonly provider: Address;
  /** keccak256 of the exact bytes of the body; of no bytes where there is none. */
  readonly bodyHash: Hex;
  /** Random; used once. */
  readonly nonce: Hex;
  /** Unix seconds. */
  readonly deadline: number;
  /** A recent block that the publisher sees: the provider must see the same. */
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly signature: Hex;
}

const types = {
  PodRequest: [
    { name: "action", type: "string" },
    { name: "pod", type: "bytes32" },
    { name: "provider", type: "address" },
    { name: "bodyHash", type: "bytes32" },
    { name: "nonce", type: "bytes32" },
    { name: "deadline", type: "uint64" },
    { name: "blockNumber", type: "uint256" },
    { name: "blockHash", type: "bytes32" },
  ],
} as const;

/** The EIP-712 document behind an authorization; chain and contract are those of the channel. */
export function requestTypedData(
  authorization: Omit<RequestAuthorization, "signature">,
  chainId: number,
  contract: Address,
): TypedDataDefinition {
  return {
    domain: { name: "apoc provider", version: "1", chainId, verifyingContract: contract },
    types,
    primaryType: "PodRequest",
    message: { ...authorization, deadline: BigInt(authorization.deadline) },
  };
}

/** What signing a request needs. */
export interface RequestInput {
  readonly action: PodAction;
  readonly pod: Hex;
  readonly provider: Address;
  readonly body: Uint8Array;
  readonly block: { readonly number: bigint; readonly hash: Hex };
  readonly chainId: number;
  readonly contract: Address;
  /** Unix seconds now. */
  readonly now: number;
}

/** Seconds for which a request stays valid. */
export const requestLifetime = 120;

/** Signs a request as the publisher. */
export async function signRequest(
  input: RequestInput,
  publisher: TypedDataSigner,
): Promise<RequestAuthorization> {
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const unsigned = {
    action: input.action,
    pod: input.pod,
    provider: input.provider,
    bodyHash: keccak256(input.body),
    nonce: `0x${toHex(nonce)}` as Hex,
    deadline: input.now + requestLifetime,
    blockNumber: input.block.number,
    blockHash: input.block.hash,
  };
  const signature = await publisher.signTypedData(requestTypedData(unsigned, input.chainId, input.contract));
  return { ...unsigned, signature };
}

const schema = z.strictObject({
  action: z.enum(podActions),
  pod: bytes32Schema,
  provider: addressSchema,
  bodyHash: bytes32Schema,
  nonce: bytes32Schema,
  deadline: z.int().positive(),
  blockNumber: decimalSchema,
  blockHash: bytes32Schema,
  // Wallets answer in either case.
  signature: z.string().toLowerCase().pipe(signatureSchema),
});

const scheme = "APOC ";
/** Most characters of the header. */
const headerLimit = 16_384;

/** Value of the `Authorization` header: `APOC ` and the authorization as JSON in base64url. */
export function encodeAuthorization(authorization: RequestAuthorization): string {
  const json = JSON.stringify({ ...authorization, blockNumber: authorization.blockNumber.toString() });
  return scheme + toBase64Url(new TextEncoder().encode(json));
}

/** @throws REQUEST_SIGNATURE where the header is missing or malformed */
export function decodeAuthorization(header: string | null | undefined): RequestAuthorization {
  try {
    if (header?.startsWith(scheme) !== true || header.length > headerLimit) throw new Error("no such header");
    const bytes = decodeBase64Url(header.slice(scheme.length));
    if (bytes === undefined) throw new Error("not base64url");
    return schema.parse(decodeStrictJson(bytes, headerLimit));
  } catch (cause) {
    throw new ApocError(admissionErrors.REQUEST_SIGNATURE, {
      field: "Authorization",
      expected: "APOC <base64url of a signed request>",
      cause,
    });
  }
}
