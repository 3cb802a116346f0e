import {
  type AttestationRecord,
  attestationErrors,
  attestationRecordDomain,
  attestationRecordTypes,
  parseRecord,
  recordLimit,
  recordMessage,
} from "@apoc/attestation";
import { parseStrictJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import type { Address, Hex, TypedDataDefinition } from "viem";
import { z } from "zod";
import { type AccountName, accountName, parseAccountName } from "../chain-id.ts";
import { signatureSchema } from "../schema/hex.ts";
import type { SignatureVerifier, TypedDataSigner } from "../signature.ts";

/** An attestation record with the signature of the developer who appraised: docs/spec/evidence.md, "Record". */
export interface SignedRecord {
  readonly record: AttestationRecord;
  /** Who signed, on the chain of the record. */
  readonly developer: AccountName;
  /** EIP-712 over the record's message. */
  readonly signature: Hex;
}

/** Maximum number of characters of a signed record as JSON text. */
export const signedRecordLimit: number = 2 * recordLimit;

const schema = z.strictObject({
  record: z.unknown(),
  developer: z.string().max(128),
  signature: signatureSchema,
});

/** Signs a record with the developer's key. */
export async function signRecord(record: AttestationRecord, signer: TypedDataSigner): Promise<SignedRecord> {
  return {
    record,
    developer: accountName(record.chainId, signer.address),
    signature: await signer.signTypedData(typedData(record)),
  };
}

/**
 * Reads a signed record from JSON text; unknown members are errors. Its signature is not checked here: see
 * {@link recordSigner}. Throws RECORD_FORMAT, CHAIN_ID_INVALID.
 */
export function parseSignedRecord(text: string, field = "record"): SignedRecord {
  const invalid = (expected: string, actual: string) =>
    new ApocError(attestationErrors.RECORD_FORMAT, { field, expected, actual });
  if (text.length > signedRecordLimit)
    throw invalid(`at most ${signedRecordLimit} characters`, `${text.length}`);
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch {
    throw invalid("JSON", "other text");
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(issue?.message ?? "a signed record", issue?.path.map(String).join(".") || "another value");
  }
  const { developer, signature } = result.data;
  const { chainId } = parseAccountName(developer, `${field}.developer`);
  const record = parseRecord(result.data.record);
  if (chainId !== record.chainId) throw invalid(`an account on eip155:${record.chainId}`, developer);
  return { record, developer: developer as AccountName, signature };
}

/** The account that vouches for a record, or `undefined` where its signature does not hold. */
export async function recordSigner(
  { record, developer, signature }: SignedRecord,
  verify: SignatureVerifier,
): Promise<Address | undefined> {
  const { address } = parseAccountName(developer, "developer");
  return (await verify(address, typedData(record), signature)) ? address : undefined;
}

function typedData(record: AttestationRecord): TypedDataDefinition {
  return {
    domain: attestationRecordDomain(record),
    types: attestationRecordTypes,
    primaryType: "AttestationRecord",
    message: { ...recordMessage(record) },
  };
}
