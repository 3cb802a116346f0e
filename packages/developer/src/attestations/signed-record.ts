import {
  type AttestationRecord,
  assertRecordCurrent,
  attestationRecordDomain,
  attestationRecordTypes,
  parseRecord,
  recordLimit,
  recordMessage,
} from "@apoc/attestation";
import { accountName, parseAccountName, verifyKeySignature } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { LocalAccount, TypedDataDefinition } from "viem";
import { z } from "zod";
import { developerErrors } from "../errors.ts";

/** An attestation record with the signature of the developer who made it: the file that `attest` writes. */
export interface SignedRecord {
  readonly record: AttestationRecord;
  /** CAIP-10, on the chain of the record. */
  readonly developer: string;
  /** EIP-712 over {@link recordMessage}. */
  readonly signature: `0x${string}`;
}

const schema = z.strictObject({
  record: z.unknown(),
  developer: z.string().max(128),
  signature: z
    .string()
    .regex(/^0x([0-9a-f]{2}){1,4096}$/)
    .transform((text) => text as `0x${string}`),
});

/** Signs a record with the developer's key. */
export async function signRecord(
  record: AttestationRecord,
  account: Pick<LocalAccount, "address" | "signTypedData">,
): Promise<SignedRecord> {
  return {
    record,
    developer: accountName(record.chainId, account.address),
    signature: await account.signTypedData(typedData(record)),
  };
}

/**
 * Reads a record file and makes sure that this developer signed it and that it is still valid: a record is as good as
 * the appraisal behind it, and that must have been one's own.
 * Throws RECORD_INVALID, RECORD_FORMAT, RECORD_SIGNATURE, RECORD_EXPIRED.
 */
export async function openRecord(
  text: string,
  field: string,
  developer: `0x${string}`,
  now = new Date(),
): Promise<SignedRecord> {
  const signed = parseSignedRecord(text, field);
  const account = parseAccountName(signed.developer, field).address;
  const valid =
    account.toLowerCase() === developer.toLowerCase() &&
    (await verifyKeySignature(account, typedData(signed.record), signed.signature));
  if (!valid) {
    throw new ApocError(developerErrors.RECORD_SIGNATURE, {
      field,
      expected: `a record signed by ${developer}`,
      actual: signed.developer,
      hint: "apoc dev attest <provider-url>",
    });
  }
  assertRecordCurrent(signed.record, now);
  return signed;
}

/** The form of a record file, without its signature being checked. Throws RECORD_INVALID, RECORD_FORMAT. */
export function parseSignedRecord(text: string, field: string): SignedRecord {
  const invalid = (detail: string) => new ApocError(developerErrors.RECORD_INVALID, { field, detail });
  if (text.length > 2 * recordLimit) throw invalid("The file is too large.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("It is not JSON.");
  }
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error.issues[0]?.message ?? "It is something else.");
  return { ...result.data, record: parseRecord(result.data.record) };
}

function typedData(record: AttestationRecord): TypedDataDefinition {
  return {
    domain: attestationRecordDomain(record),
    types: attestationRecordTypes,
    primaryType: "AttestationRecord",
    message: { ...recordMessage(record) },
  };
}
