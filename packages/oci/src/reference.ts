import { ApocError } from "@apoc/errors";
import { parseDigest } from "./digest.ts";
import { ociErrors } from "./errors.ts";
import type { Digest } from "./spec.ts";

/** `registry/repository[:tag][@digest]`, split. */
export interface Reference {
  /** Host and optional port, as written: `registry.example`, `127.0.0.1:5000`, `[::1]:5000`. */
  registry: string;
  /** distribution-spec, `<name>`: lower-case path components. */
  repository: string;
  tag?: string;
  /** Wins over the tag where both are given. */
  digest?: Digest;
}

const repositoryPattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const hostPattern =
  /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::[0-9]{1,5})?$/;

/** Longest reference: a host name, a repository of 255, a tag of 128, a digest. */
const maxLength = 1024;

/**
 * Whether a URL takes the text for the host it looks like: `0x7f.1` and `127.1` would be another one, `x:99999` none.
 */
function isHost(text: string): boolean {
  if (!hostPattern.test(text)) return false;
  const url = URL.parse(`https://${text}`);
  const name = text.replace(/:\d+$/, "").toLowerCase();
  return url !== null && (name.startsWith("[") || url.hostname === name);
}

/** Whether the text may stand for a tag (distribution-spec, "Pulling manifests"). */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Whether the text may stand for a repository (distribution-spec, `<name>`). */
export function isRepository(text: string): boolean {
  return text.length <= 255 && repositoryPattern.test(text);
}

/**
 * Reads an image reference. The first path component is the registry when it has a dot, a port, or is `localhost`;
 * no registry is ever assumed, since whom one asks decides what one gets.
 * @throws REFERENCE_INVALID, REGISTRY_MISSING, DIGEST_INVALID
 */
export function parseReference(input: string): Reference {
  if (input.length > maxLength) {
    throw invalid(`${input.slice(0, 80)}…`, `at most ${maxLength} characters`, `${input.length}`);
  }
  const at = input.indexOf("@");
  const named = at < 0 ? input : input.slice(0, at);
  const slash = named.indexOf("/");
  const registry = slash < 0 ? "" : named.slice(0, slash);
  if (!(registry === "localhost" || registry.includes(".") || registry.includes(":"))) {
    if (/^[a-z0-9][a-z0-9/._-]*(?::[\w.-]+)?$/.test(named)) {
      throw new ApocError(ociErrors.REGISTRY_MISSING, {
        field: input,
        expected: "registry/repository[:tag][@digest]",
        detail: `Name the registry, such as registry.example/${named}.`,
      });
    }
    throw invalid(input, "registry/repository[:tag][@digest]", named);
  }
  if (!isHost(registry)) throw invalid(input, "a host name with an optional port", registry);
  const path = named.slice(slash + 1);
  const colon = path.indexOf(":");
  const repository = colon < 0 ? path : path.slice(0, colon);
  if (!isRepository(repository)) throw invalid(input, "a lower-case repository path", repository);
  const reference: Reference = { registry, repository };
  if (colon >= 0) {
    const tag = path.slice(colon + 1);
    if (!isTag(tag)) throw invalid(input, "a tag of letters, digits, '_', '.', '-', at most 128", tag);
    reference.tag = tag;
  }
  if (at >= 0) {
    const digest = input.slice(at + 1);
    parseDigest(digest, input);
    reference.digest = digest as Digest;
  }
  return reference;
}

/** Writes a reference; the inverse of {@link parseReference}. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.REFERENCE_INVALID, { field, expected, actual: actual || "nothing" });
}
