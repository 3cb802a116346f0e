import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ImageKey, grantContentSchema, sha256DigestSchema } from "@apoc/core";
import { decodeStrictJson, parseStrictJson } from "@apoc/encoding";
import { ApocError, isApocError } from "@apoc/errors";
import type { Digest } from "@apoc/oci";
import { readFileIfThere, writeFileAtomic } from "@apoc/client/files";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import { z } from "zod";
import { developerErrors } from "../errors.ts";

/** What is known in clear about the key of an image. */
export interface ImageKeyRecord {
  readonly version: 1;
  /** D */
  readonly image: Digest;
  /** `registry/repository`, and the tag at publication. */
  readonly repository: string;
  readonly tag: string;
  readonly config: Digest;
  /** CAIP-10 account of the license. */
  readonly developer: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Compact JWE, `dir` with A256GCM under a secret of the wallet; holds the private JWK. */
  readonly key: string;
}

/** What {@link saveImageKey} gets in addition to the key. */
export type ImageKeyDetails = Omit<ImageKeyRecord, "version" | "key" | "createdAt">;

/** Returns the secret that encrypts keys at rest: `wallet.secretFor`. */
export type KeySecret = (context: string) => Uint8Array;

/** Context of the wallet's secret; another version of the format gets another one. */
const secretContext = "apoc image keys v1";

const schema = z.strictObject({
  version: z.literal(1),
  image: sha256DigestSchema,
  repository: z.string().max(512),
  tag: z.string().max(128),
  config: sha256DigestSchema,
  developer: z.string().max(128),
  createdAt: z.string().max(40),
  key: z.string().max(4096),
});

/** Folder of the image keys: `<data>/image-keys`, one file an image. */
export function imageKeyFolder(dataDirectory: string): string {
  return join(dataDirectory, "image-keys");
}

/** Writes the key of an image, encrypted, mode 0600. The digest is authenticated: a key cannot be moved to another image. */
export async function saveImageKey(
  dataDirectory: string,
  secret: KeySecret,
  details: ImageKeyDetails,
  key: ImageKey,
): Promise<string> {
  const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(key)))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: details.image })
    .encrypt(secret(secretContext));
  const record: ImageKeyRecord = {
    version: 1,
    ...details,
    createdAt: new Date().toISOString(),
    key: sealed,
  };
  const path = pathOf(dataDirectory, details.image);
  await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}

/** What is known in clear of an image's key. Throws KEY_UNKNOWN, KEY_FILE_INVALID. */
export async function readImageKeyRecord(dataDirectory: string, image: Digest): Promise<ImageKeyRecord> {
  const path = pathOf(dataDirectory, image);
  const text = await readFileIfThere(path, 65_536);
  if (text === undefined) {
    throw new ApocError(developerErrors.KEY_UNKNOWN, {
      field: image,
      expected: "an image that was published from this machine with this data folder",
      next: { action: "list-keys" },
    });
  }
  const record = parse(path, text);
  if (record.image !== image) throw invalid(path, image, record.image);
  return record;
}

/** Opens an image's key. Throws KEY_UNREADABLE for another wallet or an altered file. */
export async function openImageKey(record: ImageKeyRecord, secret: KeySecret): Promise<ImageKey> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(record.key, secret(secretContext), {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    if (protectedHeader["kid"] !== record.image) throw new Error("the key belongs to another image");
    return grantContentSchema.shape.key.parse(decodeStrictJson(plaintext, 4096));
  } catch (cause) {
    throw new ApocError(developerErrors.KEY_UNREADABLE, {
      field: record.image,
      expected: `the wallet that published it (${record.developer})`,
      next: { action: "choose-wallet" },
      cause: isApocError(cause) ? cause : undefined,
    });
  }
}

/** All image keys that are here, newest first. Throws KEY_FILE_INVALID. */
export async function listImageKeys(dataDirectory: string): Promise<ImageKeyRecord[]> {
  const folder = imageKeyFolder(dataDirectory);
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const records: ImageKeyRecord[] = [];
  for (const file of files.filter((name) => /^[0-9a-f]{64}\.json$/.test(name))) {
    const path = join(folder, file);
    const text = await readFileIfThere(path, 65_536);
    if (text !== undefined) records.push(parse(path, text));
  }
  return records.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

function pathOf(dataDirectory: string, image: Digest): string {
  return join(imageKeyFolder(dataDirectory), `${image.slice("sha256:".length)}.json`);
}

function parse(path: string, text: string): ImageKeyRecord {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch {
    throw invalid(path, "JSON", "other text");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(`${path}: ${issue?.path.join(".") ?? ""}`, issue?.message ?? "an image key", "another value");
}

function invalid(field: string, expected: string, actual: string): ApocError {
  return new ApocError(developerErrors.KEY_FILE_INVALID, { field, expected, actual });
}
