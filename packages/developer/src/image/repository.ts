import { ApocError } from "@apoc/errors";
import { parseReference, type Reference, RemoteRepository } from "@apoc/oci";
import { dockerCredentials } from "@apoc/oci/node";
import { developerErrors } from "../errors.ts";

/** A repository of a registry, with the credentials of docker's files. */
export function openRepository(reference: Reference): RemoteRepository {
  return new RemoteRepository({ reference, credentials: dockerCredentials() });
}

/** `registry/repository` of a reference. */
export function repositoryName({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

/** Where to push: a tag, `latest` unless named; a digest cannot be chosen. Throws TARGET_INVALID, REFERENCE_INVALID. */
export function parseTarget(text: string): Reference & { readonly tag: string } {
  const reference = parseReference(text.replace(/^docker:\/\//, ""));
  if (reference.digest !== undefined) {
    throw new ApocError(developerErrors.TARGET_INVALID, {
      field: "--to",
      expected: "registry/repository[:tag]; the digest is the result",
      actual: text,
    });
  }
  return { ...reference, tag: reference.tag ?? "latest" };
}
