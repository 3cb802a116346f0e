import { ApocError } from "@apoc/errors";
import { parseDigest } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { isTag } from "../reference.ts";
import type { Digest } from "../spec.ts";
import { type Cid, parseCid } from "./cid.ts";

/** `ipfs://CID[/path][:tag][@digest]`, split. */
export interface IpfsReference {
  readonly cid: Cid;
  /** Folders that lead from the CID to the image; none by default. */
  readonly path: readonly string[];
  readonly tag?: string;
  /** Wins over the tag where both are given. */
  readonly digest?: Digest;
}

const scheme = "ipfs://";
const referenceLimit = 1024;

/** Whether the text is meant as an image in IPFS; it may still be malformed. */
export function isIpfsReference(text: string): boolean {
  return text.startsWith(scheme);
}

/**
 * Reads the name of an image in IPFS. The CID already fixes every byte; the digest says which platform's image is meant
 * and is the identity that licenses and grants name.
 * @throws REFERENCE_INVALID, CID_INVALID, CID_UNSUPPORTED, DIGEST_INVALID
 */
export function parseIpfsReference(input: string): IpfsReference {
  if (!isIpfsReference(input) || input.length > referenceLimit)
    throw invalid(input, "ipfs://CID[/path][:tag][@digest]", input);
  const at = input.indexOf("@");
  const named = input.slice(scheme.length, at < 0 ? undefined : at);
  const [first = "", ...path] = named.split("/");
  const colon = (path.at(-1) ?? first).indexOf(":");
  const last = path.at(-1) ?? first;
  const tag = colon < 0 ? undefined : last.slice(colon + 1);
  const bare = colon < 0 ? last : last.slice(0, colon);
  const folders = path.length === 0 ? [] : [...path.slice(0, -1), bare];
  for (const folder of folders) {
    if (!/^[A-Za-z0-9_.-]{1,255}$/.test(folder) || folder === "." || folder === "..")
      throw invalid(input, "folders of letters, digits, '_', '.', '-'", folder || "an empty one");
  }
  if (tag !== undefined && !isTag(tag))
    throw invalid(input, "a tag of letters, digits, '_', '.', '-', at most 128", tag);
  const cid = parseCid(path.length === 0 ? bare : first, input);
  if (cid.codec !== "dag-pb") throw invalid(input, "the CID of a directory", `a ${cid.codec} block`);
  const reference = { cid, path: folders, ...(tag === undefined ? {} : { tag }) };
  if (at < 0) return reference;
  const digest = input.slice(at + 1);
  parseDigest(digest, input);
  return { ...reference, digest: digest as Digest };
}

/** Writes a reference; the inverse of {@link parseIpfsReference}. */
export function formatIpfsReference({ cid, path, tag, digest }: IpfsReference): string {
  const end = `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
  return `${scheme}${[cid.toString(), ...path].join("/")}${end}`;
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(ociErrors.REFERENCE_INVALID, {
    field: field.slice(0, 200),
    expected,
    actual: actual.slice(0, 200) || "nothing",
  });
}
