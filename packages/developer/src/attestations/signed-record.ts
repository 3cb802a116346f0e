import { assertRecordCurrent } from "@apoc/attestation";
import { parseSignedRecord, recordSigner, type SignedRecord, verifyKeySignature } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { developerErrors } from "../errors.ts";

/**
 * Reads a record file and makes sure that this developer signed it and that it is still valid: a record is as good as
 * the appraisal behind it, and that must have been one's own.
 * Throws RECORD_FORMAT, RECORD_SIGNATURE, RECORD_EXPIRED.
 */
export async function openRecord(
  text: string,
  field: string,
  developer: `0x${string}`,
  now = new Date(),
): Promise<SignedRecord> {
  const signed = parseSignedRecord(text, field);
  const signer = await recordSigner(signed, verifyKeySignature);
  if (signer?.toLowerCase() !== developer.toLowerCase()) {
    throw new ApocError(developerErrors.RECORD_SIGNATURE, {
      field,
      expected: `a record signed by ${developer}`,
      actual: signed.developer,
      next: { action: "attest-provider" },
    });
  }
  assertRecordCurrent(signed.record, now);
  return signed;
}
