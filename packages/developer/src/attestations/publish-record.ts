import { pushRecord, recordTag, type SignedRecord } from "@apoc/core";
import { parseReference } from "@apoc/oci";
import { openRepository, repositoryName } from "../image/repository.ts";

/**
 * Publishes a record in a repository, under the tag of its provider key, and returns the reference. A tag or digest in
 * the name of the repository has no meaning here. Throws REFERENCE_INVALID and the errors of the registry.
 */
export async function publishRecord(repository: string, signed: SignedRecord): Promise<string> {
  const reference = parseReference(repository.replace(/^docker:\/\//, ""));
  await pushRecord(openRepository(reference), signed);
  return `${repositoryName(reference)}:${recordTag(signed.record.providerKeyId)}`;
}
