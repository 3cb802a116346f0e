import {
  decodeBase64,
  fromBase64,
  isWellFormed,
  parseStrictJson,
  patterns,
  requireVersion,
  toBase64,
  toHex,
} from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { isP256Key, providerKeyId } from "./claim-keys.ts";
import { attestationErrors } from "./errors.ts";
import { type Evidence, evidenceVersion } from "./evidence.ts";
import { evidenceDigest } from "./evidence-document.ts";
import { type AttestationResult, assertAffirming, resultSchema } from "./result.ts";
import { canonicalDigest } from "./canonical-digest.ts";
import { toTime } from "./time.ts";

const digest = z.string().regex(patterns.hex32, "expected 32 bytes in lower-case hexadecimal");

const recordSchema = z.strictObject({
  version: z.literal(evidenceVersion),
  evidenceDigest: digest,
  result: resultSchema,
  providerKeyId: digest,
  wrappingKey: z.string().max(2048),
  provider: resultSchema.shape.claims.shape.provider,
  chainId: z.int().min(1),
  nonce: z.string().max(64),
  policyDigest: digest,
  evaluatedAt: resultSchema.shape.evaluatedAt,
  expiresAt: resultSchema.shape.expiresAt,
});

/** What a developer keeps and signs of an affirming attestation (docs/spec/evidence.md, "Record"). */
export type AttestationRecord = Readonly<z.output<typeof recordSchema>>;

/** Maximum number of characters of a record as JSON text. */
export const recordLimit = 131_072;

/** EIP-712 types of a record's signature. The domain is {@link attestationRecordDomain}. */
export const attestationRecordTypes = {
  AttestationRecord: [
    { name: "evidenceDigest", type: "bytes32" },
    { name: "resultDigest", type: "bytes32" },
    { name: "providerKeyId", type: "bytes32" },
    { name: "provider", type: "address" },
    { name: "nonce", type: "bytes32" },
    { name: "policyDigest", type: "bytes32" },
    { name: "development", type: "bool" },
    { name: "evaluatedAt", type: "uint64" },
    { name: "expiresAt", type: "uint64" },
  ],
} as const;

/** EIP-712 message of a record; times in seconds since 1970. */
export interface AttestationRecordMessage {
  readonly evidenceDigest: `0x${string}`;
  readonly resultDigest: `0x${string}`;
  readonly providerKeyId: `0x${string}`;
  readonly provider: `0x${string}`;
  readonly nonce: `0x${string}`;
  readonly policyDigest: `0x${string}`;
  readonly development: boolean;
  readonly evaluatedAt: bigint;
  readonly expiresAt: bigint;
}

/** EIP-712 domain of records for providers of this chain. */
export function attestationRecordDomain(record: AttestationRecord): {
  name: string;
  version: string;
  chainId: number;
} {
  return { name: "apoc attestation record", version: "2", chainId: record.chainId };
}

/** The record of evidence and its affirming result. Throws the error of the first failed check otherwise. */
export function createRecord(evidence: Evidence, result: AttestationResult): AttestationRecord {
  assertAffirming(result);
  return parseRecord({
    version: evidenceVersion,
    evidenceDigest: evidenceDigest(evidence),
    result,
    providerKeyId: providerKeyId(evidence.claims.wrappingKey),
    wrappingKey: result.claims.wrappingKey,
    provider: result.claims.provider,
    chainId: result.claims.chainId,
    nonce: toBase64(evidence.nonce),
    policyDigest: result.policyDigest,
    evaluatedAt: result.evaluatedAt,
    expiresAt: result.expiresAt,
  });
}

/**
 * Parses a record from JSON text or from its JSON value. Throws `RECORD_VERSION` for another version, `RECORD_FORMAT`
 * for unknown members and for a record that contradicts itself: its result is not affirming, or a member differs from what the result says.
 */
export function parseRecord(input: unknown): AttestationRecord {
  const value = typeof input === "string" ? parseText(input) : input;
  requireVersion(value, evidenceVersion, attestationErrors.RECORD_VERSION);
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(issue?.path.map(String).join(".") ?? "", issue?.message ?? "a record", "another value");
  }
  const record = parsed.data;
  if (!isWellFormed(record)) throw invalid("", "well-formed Unicode", "a lone surrogate");
  const { result } = record;
  const { status, checks, claims } = result;
  if (status !== "affirming" || checks.length === 0 || checks.some(({ verdict }) => verdict === "fail")) {
    throw invalid("result.status", "affirming", status);
  }
  const wrappingKey = decoded(record.wrappingKey, "wrappingKey");
  if (!isP256Key(wrappingKey)) throw invalid("wrappingKey", "a P-256 SubjectPublicKeyInfo", "another key");
  if (decoded(record.nonce, "nonce").length !== 32) throw invalid("nonce", "32 bytes", "another size");
  const agree: readonly (readonly [field: string, actual: string | number, expected: string | number])[] = [
    ["providerKeyId", record.providerKeyId, providerKeyId(wrappingKey)],
    ["wrappingKey", record.wrappingKey, claims.wrappingKey],
    ["provider", record.provider, claims.provider],
    ["chainId", record.chainId, claims.chainId],
    ["policyDigest", record.policyDigest, result.policyDigest],
    ["evaluatedAt", record.evaluatedAt, result.evaluatedAt],
    ["expiresAt", record.expiresAt, result.expiresAt],
  ];
  for (const [field, actual, expected] of agree) {
    if (actual !== expected) throw invalid(field, String(expected), String(actual));
  }
  seconds(record.evaluatedAt, "evaluatedAt");
  seconds(record.expiresAt, "expiresAt");
  return record;
}

/** The EIP-712 message to sign, or to check a signature over. */
export function recordMessage(record: AttestationRecord): AttestationRecordMessage {
  return {
    evidenceDigest: `0x${record.evidenceDigest}`,
    resultDigest: `0x${canonicalDigest(record.result)}`,
    providerKeyId: `0x${record.providerKeyId}`,
    provider: record.provider as `0x${string}`,
    nonce: `0x${toHex(fromBase64(record.nonce))}`,
    policyDigest: `0x${record.policyDigest}`,
    development: record.result.development,
    evaluatedAt: seconds(record.evaluatedAt, "evaluatedAt"),
    expiresAt: seconds(record.expiresAt, "expiresAt"),
  };
}

/** Throws `RECORD_EXPIRED` unless the record is valid at this moment (default: now). */
export function assertRecordCurrent(record: AttestationRecord, at: Date = new Date()): void {
  const [from, until] = [new Date(record.evaluatedAt), new Date(record.expiresAt)];
  if (from <= at && at < until) return;
  const expected = `${record.evaluatedAt} to ${record.expiresAt}`;
  throw new ApocError(attestationErrors.RECORD_EXPIRED, { field: "record", expected, actual: toTime(at) });
}

function seconds(text: string, field: string): bigint {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw invalid(field, "a time that exists", text);
  return BigInt(milliseconds / 1000);
}

function decoded(text: string, field: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw invalid(field, "base64 with padding", "another text");
  return bytes;
}

function parseText(text: string): unknown {
  if (text.length > recordLimit) throw invalid("", `at most ${recordLimit} characters`, `${text.length}`);
  try {
    return parseStrictJson(text);
  } catch {
    throw invalid("", "JSON", "other text");
  }
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(attestationErrors.RECORD_FORMAT, { field: field || "record", expected, actual });
}
