import { decodeStrictJson } from "@apoc/encoding";
import {
  type Descriptor,
  type Digest,
  type Manifest,
  type Target,
  mediaTypes,
  readAll,
  sha256Digest,
} from "@apoc/oci";
import { ApocError, isApocError } from "@apoc/errors";
import { podErrors } from "../errors.ts";
import { type Grant, grantLimit, grantMediaType, grantTag, parseGrant } from "./grant.ts";

/** Media type of version 1, under the same tag. */
const formerMediaType = "application/vnd.apocryph.grant.v1+json";
const emptyConfig = new TextEncoder().encode("{}");

/**
 * Publishes a grant as an OCI artifact whose `subject` is the image, under its deterministic tag. The image itself,
 * its digest and its layers are not touched.
 */
export async function pushGrant(target: Target, subject: Descriptor, grant: Grant): Promise<Descriptor> {
  const body = new TextEncoder().encode(JSON.stringify(grant));
  const layer = { mediaType: grantMediaType, digest: sha256Digest(body), size: body.length };
  const config = { mediaType: mediaTypes.empty, digest: sha256Digest(emptyConfig), size: emptyConfig.length };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: grantMediaType,
    config,
    layers: [layer],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const descriptor = { mediaType: mediaTypes.manifest, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(config, emptyConfig);
  await target.push(layer, body);
  await target.push(descriptor, bytes);
  await target.tag(descriptor, grantTag(grant.image, grant.providerKeyId));
  return descriptor;
}

/**
 * Reads the grant of a provider key from beside the image, or undefined where there is none.
 * @throws GRANT_VERSION, GRANT_INVALID
 */
export async function pullGrant(
  target: Pick<Target, "resolve" | "fetch">,
  image: Digest,
  providerKeyId: string,
): Promise<Grant | undefined> {
  let descriptor: Descriptor;
  try {
    descriptor = await target.resolve(grantTag(image, providerKeyId));
  } catch (error) {
    if (isApocError(error) && error.descriptor.name === "NOT_FOUND") return undefined;
    throw error;
  }
  const manifest = readManifest(await readAll(target, descriptor, { limit: 64 * 1024 }));
  const layer = manifest?.layers?.[0];
  if (layer?.mediaType === formerMediaType) {
    const [expected, actual] = [grantMediaType, formerMediaType];
    throw new ApocError(podErrors.GRANT_VERSION, { field: "mediaType", expected, actual });
  }
  if (layer?.mediaType !== grantMediaType) return undefined;
  return parseGrant(decode(await readAll(target, layer, { limit: grantLimit })));
}

/** Anyone who can write to the repository chooses what lies there. */
function readManifest(bytes: Uint8Array): Partial<Manifest> | undefined {
  try {
    const value = decodeStrictJson(bytes, bytes.length);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (cause) {
    throw new ApocError(podErrors.GRANT_INVALID, { detail: "Its manifest is not JSON", cause });
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
