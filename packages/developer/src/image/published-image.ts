import { type License, licenseHash, readImageLicense } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  type Descriptor,
  type Digest,
  isDigest,
  type ImageConfig,
  type Manifest,
  type OpenedReference,
  openReference,
  RemoteRepository,
  resolvePlatform,
  type Target,
} from "@apoc/oci";
import { dockerCredentials } from "@apoc/oci/node";
import { type Context, ipfsSettings } from "@apoc/terminal";
import { developerErrors } from "../errors.ts";
import { readImage } from "./read-image.ts";

/** An image with a license, as its registry or IPFS has it. */
export interface PublishedImage {
  /** `registry/repository@sha256:…` or `ipfs://CID@sha256:…` */
  readonly name: string;
  readonly digest: Digest;
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly license: License;
  readonly licenseHash: `0x${string}`;
  /** Where something can be put beside the image; a directory in IPFS does not change. */
  readonly beside: Target | undefined;
}

type ImageContext = Pick<Context, "config" | "flags" | "signal">;

const anyPlatform = { os: "linux", architecture: "amd64" };

/** D of what a user names: a digest alone costs no request, a tag is resolved. */
export async function identifyImage(ctx: ImageContext, text: string): Promise<{ readonly digest: Digest }> {
  if (isDigest(text)) return { digest: text };
  const opened = await open(ctx, text);
  if (opened.digest !== undefined) return { digest: opened.digest };
  const { digest } = await resolvePlatform(opened.source, await opened.resolve(), anyPlatform);
  return { digest };
}

/** Reads a published image and its license. Throws LICENSE_ABSENT, LICENSE_MALFORMED, and what registries and IPFS throw. */
export async function readPublishedImage(ctx: ImageContext, text: string): Promise<PublishedImage> {
  const opened = await open(ctx, text);
  const { source } = opened;
  const found = await opened.resolve();
  const { descriptor, manifest, config } = await readImage(source, found.digest, anyPlatform, ctx.signal);
  const name = opened.pinned(descriptor.digest);
  const license = readImageLicense({ manifest }, name);
  if (license === undefined) {
    throw new ApocError(developerErrors.LICENSE_ABSENT, {
      field: name,
      next: { action: "publish-image" },
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
    beside: source instanceof RemoteRepository ? source : undefined,
  };
}

async function open(ctx: ImageContext, text: string): Promise<OpenedReference> {
  return openReference(text, {
    credentials: dockerCredentials(),
    ipfs: await ipfsSettings(ctx),
    signal: ctx.signal,
  });
}
