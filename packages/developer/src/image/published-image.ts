import { type License, licenseHash, readImageLicense } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  type Descriptor,
  type Digest,
  isDigest,
  type ImageConfig,
  type Manifest,
  parseReference,
  resolvePlatform,
  type RemoteRepository,
} from "@apoc/oci";
import { developerErrors } from "../errors.ts";
import { readImage } from "./read-image.ts";
import { openRepository, repositoryName, tagOrDigest } from "./repository.ts";

/** An image with a license, as its registry has it. */
export interface PublishedImage {
  /** `registry/repository@sha256:…` */
  readonly name: string;
  readonly digest: Digest;
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly license: License;
  readonly licenseHash: `0x${string}`;
  readonly repository: RemoteRepository;
}

const anyPlatform = { os: "linux", architecture: "amd64" };

/** D of what a user names: a digest alone costs no request, a tag is resolved. */
export async function identifyImage(text: string): Promise<{ readonly digest: Digest }> {
  if (isDigest(text)) return { digest: text };
  const reference = parseReference(text.replace(/^docker:\/\//, ""));
  if (reference.digest !== undefined) return { digest: reference.digest };
  const repository = openRepository(reference);
  const { digest } = await resolvePlatform(
    repository,
    await repository.resolve(tagOrDigest(reference)),
    anyPlatform,
  );
  return { digest };
}

/** Reads a published image and its license. Throws LICENSE_ABSENT, LICENSE_MALFORMED, and what registries throw. */
export async function readPublishedImage(text: string, signal?: AbortSignal): Promise<PublishedImage> {
  const reference = parseReference(text.replace(/^docker:\/\//, ""));
  const repository = openRepository(reference);
  const { descriptor, manifest, config } = await readImage(
    repository,
    tagOrDigest(reference),
    anyPlatform,
    signal,
  );
  const name = `${repositoryName(reference)}@${descriptor.digest}`;
  const license = readImageLicense({ manifest }, name);
  if (license === undefined) {
    throw new ApocError(developerErrors.LICENSE_ABSENT, {
      field: name,
      hint: "apoc dev publish --help",
    });
  }
  return {
    name,
    digest: descriptor.digest,
    descriptor,
    manifest,
    config,
    license,
    licenseHash: licenseHash(license),
    repository,
  };
}
