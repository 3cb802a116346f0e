import { attestationErrors } from "@apoc/attestation";
import { parseStrictJson } from "@apoc/encoding";
import { ApocError, isApocError } from "@apoc/errors";
import { type Descriptor, type Manifest, mediaTypes, readAll, sha256Digest, type Target } from "@apoc/oci";
import { parseSignedRecord, type SignedRecord, signedRecordLimit } from "./signed-record.ts";

/** Media type of a signed attestation record, and artifactType of the artifact that carries it. */
export const recordMediaType = "application/vnd.apocryph.attestation-record.v2+json";

const emptyConfig = new TextEncoder().encode("{}");

/** Deterministic tag of the record of a provider key: `apoc.attestation.<first 32 hex of the key id>`. */
export function recordTag(providerKeyId: string): string {
  return `apoc.attestation.${providerKeyId.slice(0, 32)}`;
}

/**
 * Publishes a signed record as an OCI artifact under the tag of its provider key; a later record replaces it. A record
 * speaks of a provider, not of an image, so it has no `subject` and may be in any repository.
 */
export async function pushRecord(target: Target, signed: SignedRecord): Promise<Descriptor> {
  const body = new TextEncoder().encode(JSON.stringify(signed));
  const layer = { mediaType: recordMediaType, digest: sha256Digest(body), size: body.length };
  const config = { mediaType: mediaTypes.empty, digest: sha256Digest(emptyConfig), size: emptyConfig.length };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: recordMediaType,
    config,
    layers: [layer],
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const descriptor = { mediaType: mediaTypes.manifest, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(config, emptyConfig);
  await target.push(layer, body);
  await target.push(descriptor, bytes);
  await target.tag(descriptor, recordTag(signed.record.providerKeyId));
  return descriptor;
}

/**
 * Reads the record of a provider key, or gives `undefined` where there is none. Anyone who can write to the repository
 * chooses what lies there: the signature, its signer and the dates are for the caller to check.
 * Throws RECORD_FORMAT for another artifact and for the record of another key.
 */
export async function pullRecord(
  target: Pick<Target, "resolve" | "fetch">,
  providerKeyId: string,
): Promise<SignedRecord | undefined> {
  const tag = recordTag(providerKeyId);
  let descriptor: Descriptor;
  try {
    descriptor = await target.resolve(tag);
  } catch (error) {
    if (isApocError(error) && error.descriptor.name === "NOT_FOUND") return undefined;
    throw error;
  }
  const unfit = (expected: string, actual: string) =>
    new ApocError(attestationErrors.RECORD_FORMAT, { field: tag, expected, actual });
  const manifest = readManifest(decode(await readAll(target, descriptor, { limit: 64 * 1024 })));
  const [layer, ...more] = manifest?.layers ?? [];
  if (manifest?.artifactType !== recordMediaType || layer?.mediaType !== recordMediaType || more.length > 0)
    throw unfit(`one layer of ${recordMediaType}`, manifest?.artifactType ?? "another artifact");
  const signed = parseSignedRecord(decode(await readAll(target, layer, { limit: signedRecordLimit })), tag);
  const found = signed.record.providerKeyId;
  if (found !== providerKeyId) throw unfit(`the record of key ${providerKeyId}`, `that of ${found}`);
  return signed;
}

function readManifest(text: string): Partial<Manifest> | undefined {
  try {
    const value = parseStrictJson(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
