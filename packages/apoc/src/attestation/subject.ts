import { fileErrors, readFileIfThere } from "@apoc/client/files";
import { resolve } from "node:path";
import { type Evidence, evidenceLimit, parseEvidence } from "@apoc/attestation";
import { parseSignedRecord, pullRecord, recordTag, type SignedRecord, signedRecordLimit } from "@apoc/core";
import { parseReference, RemoteRepository } from "@apoc/oci";
import { dockerCredentials } from "@apoc/oci/node";
import { ApocError } from "@apoc/errors";
import { type Context } from "@apoc/terminal";

/** A file that one can verify. */
export type Subject =
  | { readonly kind: "evidence"; readonly evidence: Evidence }
  | { readonly kind: "record"; readonly signed: SignedRecord };

/**
 * Reads evidence or a signed record, told apart by their members. Throws FILE_UNREADABLE, EVIDENCE_FORMAT,
 * RECORD_FORMAT.
 */
export async function readSubject(ctx: Pick<Context, "cwd">, file: string): Promise<Subject> {
  const text = await readFileIfThere(resolve(ctx.cwd, file), Math.max(evidenceLimit, signedRecordLimit));
  if (text === undefined)
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: file, actual: "no such file" });
  if (hasMember(text, "record")) return { kind: "record", signed: parseSignedRecord(text, file) };
  return { kind: "evidence", evidence: parseEvidence(text) };
}

/**
 * Reads the record of a provider key that `apoc dev attest --push` published. Throws REFERENCE_INVALID, FILE_UNREADABLE
 * where there is none, RECORD_FORMAT, and the errors of the registry.
 */
export async function fetchRecord(repository: string, providerKeyId: string): Promise<SignedRecord> {
  const reference = parseReference(repository.replace(/^docker:\/\//, ""));
  const target = new RemoteRepository({ reference, credentials: dockerCredentials() });
  const signed = await pullRecord(target, providerKeyId);
  if (signed !== undefined) return signed;
  throw new ApocError(fileErrors.FILE_UNREADABLE, {
    field: `${repository}:${recordTag(providerKeyId)}`,
    actual: "no such record",
  });
}

/** Reads evidence. Throws FILE_UNREADABLE, EVIDENCE_FORMAT. */
export async function readEvidence(ctx: Pick<Context, "cwd">, file: string): Promise<Evidence> {
  const text = await readFileIfThere(resolve(ctx.cwd, file), evidenceLimit);
  if (text === undefined)
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: file, actual: "no such file" });
  return parseEvidence(text);
}

function hasMember(text: string, name: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && name in value;
  } catch {
    return false;
  }
}
