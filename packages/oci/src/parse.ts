import { decodeBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { createHasher, isDigest, parseDigest } from "./digest.ts";
import { ociErrors } from "./errors.ts";
import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Index,
  type Manifest,
  mediaTypes,
} from "./spec.ts";
import { refuseMisspelledMembers } from "./member-names.ts";
import { parseStrictJson } from "./json-document.ts";

/** Greatest size of a manifest or index in bytes (distribution-spec, "Pushing Manifests": at least 4 MiB). */
export const manifestLimit = 4 * 1024 * 1024;
/** Greatest size of an image config in bytes. */
export const configLimit = 8 * 1024 * 1024;
/** Most layers of an image; engines stop at 127. */
export const layerLimit = 500;
/** Most manifests of one index. */
export const indexLimit = 1000;

export interface ParseOptions {
  /** Named in errors. */
  field?: string;
  /** Whether descriptors with `urls` and non-distributable layers are let through; `refuse` by default. */
  foreignLayers?: "refuse" | "allow";
}

const manifestTypes: readonly string[] = [mediaTypes.manifest, mediaTypes.dockerManifest];
const indexTypes: readonly string[] = [mediaTypes.index, mediaTypes.dockerManifestList];

/** Whether the media type is that of an image manifest, OCI or docker. */
export function isManifestType(mediaType: string): boolean {
  return manifestTypes.includes(mediaType);
}

/** Whether the media type is that of an image index, OCI or docker manifest list. */
export function isIndexType(mediaType: string): boolean {
  return indexTypes.includes(mediaType);
}

/**
 * Decodes an image manifest (image-spec, manifest.md). Members that the specification does not know are ignored, as
 * it demands, but a document that is also an index is refused (CVE-2021-41190).
 * @throws DOCUMENT_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY, DOCUMENT_INVALID, TOO_MANY_LAYERS, FOREIGN_LAYER
 */
export function parseManifest(bytes: Uint8Array, options: ParseOptions = {}): Manifest {
  const field = options.field ?? "manifest";
  const document = decode(bytes, manifestLimit, field);
  refuseMisspelledMembers(document, "manifest", field);
  header(document, manifestTypes, field);
  if ("manifests" in document) throw invalid(`${field}.manifests`, "a manifest, not an index", "both");
  descriptor(document["config"], `${field}.config`, options);
  const layers = list(document["layers"], `${field}.layers`);
  if (layers.length > layerLimit) {
    throw new ApocError(ociErrors.TOO_MANY_LAYERS, {
      field: `${field}.layers`,
      expected: `at most ${layerLimit}`,
      actual: `${layers.length}`,
    });
  }
  layers.forEach((layer, i) => {
    descriptor(layer, `${field}.layers[${i}]`, options);
  });
  if (document["subject"] !== undefined) descriptor(document["subject"], `${field}.subject`, options);
  return document as unknown as Manifest;
}

/**
 * Decodes an image index or docker manifest list (image-spec, image-index.md).
 * @throws as {@link parseManifest}
 */
export function parseIndex(bytes: Uint8Array, options: ParseOptions = {}): Index {
  const field = options.field ?? "index";
  const document = decode(bytes, manifestLimit, field);
  refuseMisspelledMembers(document, "index", field);
  header(document, indexTypes, field);
  if ("layers" in document || "config" in document) throw invalid(field, "an index, not a manifest", "both");
  const manifests = list(document["manifests"], `${field}.manifests`);
  if (manifests.length > indexLimit) {
    throw invalid(`${field}.manifests`, `at most ${indexLimit}`, `${manifests.length}`);
  }
  manifests.forEach((manifest, i) => {
    descriptor(manifest, `${field}.manifests[${i}]`, options);
  });
  if (document["subject"] !== undefined) descriptor(document["subject"], `${field}.subject`, options);
  return document as unknown as Index;
}

/**
 * Decodes an image config (image-spec, config.md). Only what decides how an image runs is checked; other members are
 * kept as they are.
 * @throws DOCUMENT_TOO_LARGE, JSON_INVALID, JSON_DUPLICATE_KEY, DOCUMENT_INVALID, TOO_MANY_LAYERS
 */
export function parseImageConfig(bytes: Uint8Array, options: Pick<ParseOptions, "field"> = {}): ImageConfig {
  const field = options.field ?? "config";
  const document = decode(bytes, configLimit, field);
  refuseMisspelledMembers(document, "image config", field);
  text(document["architecture"], `${field}.architecture`);
  text(document["os"], `${field}.os`);
  for (const name of ["variant", "created", "author"]) {
    if (document[name] !== undefined && document[name] !== null) text(document[name], `${field}.${name}`);
  }
  if (document["history"] !== undefined && document["history"] !== null) {
    list(document["history"], `${field}.history`).forEach((entry, i) => {
      record(entry, `${field}.history[${i}]`);
    });
  }
  const rootfs = record(document["rootfs"], `${field}.rootfs`);
  refuseMisspelledMembers(rootfs, "rootfs", `${field}.rootfs`);
  if (rootfs["type"] !== "layers") throw invalid(`${field}.rootfs.type`, "layers", rootfs["type"]);
  const diffIds = list(rootfs["diff_ids"], `${field}.rootfs.diff_ids`);
  if (diffIds.length > layerLimit) {
    throw new ApocError(ociErrors.TOO_MANY_LAYERS, {
      field: `${field}.rootfs.diff_ids`,
      expected: `at most ${layerLimit}`,
      actual: `${diffIds.length}`,
    });
  }
  diffIds.forEach((diffId, i) => {
    const at = `${field}.rootfs.diff_ids[${i}]`;
    if (!isDigest(text(diffId, at))) throw invalid(at, "a digest", diffId);
  });
  if (document["config"] !== undefined && document["config"] !== null) {
    execution(record(document["config"], `${field}.config`), `${field}.config`);
  }
  return document as unknown as ImageConfig;
}

function execution(config: Record<string, unknown>, field: string): void {
  refuseMisspelledMembers(config, "execution", field);
  for (const name of ["User", "WorkingDir", "StopSignal"]) {
    if (config[name] !== undefined) text(config[name], `${field}.${name}`);
  }
  for (const name of ["Env", "Entrypoint", "Cmd"]) {
    if (config[name] !== undefined && config[name] !== null) texts(config[name], `${field}.${name}`);
  }
  for (const name of ["ExposedPorts", "Volumes"]) {
    if (config[name] === undefined || config[name] === null) continue;
    for (const [key, value] of Object.entries(record(config[name], `${field}.${name}`))) {
      record(value, `${field}.${name}.${key}`);
    }
  }
  if (config["Labels"] !== undefined && config["Labels"] !== null)
    strings(config["Labels"], `${field}.Labels`);
}

function header(document: Record<string, unknown>, types: readonly string[], field: string): void {
  if (document["schemaVersion"] !== 2)
    throw invalid(`${field}.schemaVersion`, "2", document["schemaVersion"]);
  const mediaType = document["mediaType"];
  if (mediaType !== undefined && !types.includes(mediaType as string)) {
    throw invalid(`${field}.mediaType`, types.join(" or "), mediaType);
  }
  if (document["artifactType"] !== undefined) text(document["artifactType"], `${field}.artifactType`);
  if (document["annotations"] !== undefined) strings(document["annotations"], `${field}.annotations`);
}

// image-spec, descriptor.md, "Properties"
function descriptor(value: unknown, field: string, options: ParseOptions): Descriptor {
  const object = record(value, field);
  refuseMisspelledMembers(object, "descriptor", field);
  const mediaType = text(object["mediaType"], `${field}.mediaType`);
  if (!/^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/.test(mediaType)) {
    throw invalid(`${field}.mediaType`, "a media type", mediaType);
  }
  if (!isDigest(text(object["digest"], `${field}.digest`))) {
    throw invalid(`${field}.digest`, "a sha256 or sha512 digest", object["digest"]);
  }
  const size = object["size"];
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${field}.size`, "a non-negative integer", size);
  }
  if (object["annotations"] !== undefined) strings(object["annotations"], `${field}.annotations`);
  if (object["artifactType"] !== undefined) text(object["artifactType"], `${field}.artifactType`);
  if (object["data"] !== undefined) embedded(object, text(object["data"], `${field}.data`), field);
  if (object["platform"] !== undefined) platform(object["platform"], `${field}.platform`);
  if (options.foreignLayers !== "allow") {
    if (object["urls"] !== undefined || /\.nondistributable\.|\.foreign\./.test(mediaType)) {
      throw new ApocError(ociErrors.FOREIGN_LAYER, { field, actual: mediaType });
    }
  } else if (object["urls"] !== undefined) {
    texts(object["urls"], `${field}.urls`);
  }
  return object as unknown as Descriptor;
}

// image-spec, image-index.md, "platform"
function platform(value: unknown, field: string): void {
  const object = record(value, field);
  refuseMisspelledMembers(object, "platform", field);
  for (const name of ["os", "architecture"]) text(object[name], `${field}.${name}`);
  for (const name of ["variant", "os.version"]) {
    if (object[name] !== undefined) text(object[name], `${field}.${name}`);
  }
  if (object["os.features"] !== undefined) texts(object["os.features"], `${field}.os.features`);
}

/** image-spec, descriptor.md, "Embedded Content": it must be what the descriptor says of it. */
function embedded({ digest, size }: Record<string, unknown>, data: string, field: string): void {
  // Padded base64 in its only form: another one would be two documents with one meaning.
  const bytes = decodeBase64(data);
  if (bytes === undefined) throw invalid(`${field}.data`, "base64", data);
  const hasher = createHasher(parseDigest(digest as Digest).algorithm);
  hasher.update(bytes);
  if (bytes.length !== size || hasher.digest() !== digest) {
    throw invalid(
      `${field}.data`,
      `${String(size)} bytes of ${String(digest)}`,
      `${bytes.length} other bytes`,
    );
  }
}

function decode(bytes: Uint8Array, limit: number, field: string): Record<string, unknown> {
  return record(parseStrictJson(bytes, { limit, field }), field);
}

function record(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(field, "an object", value);
}

function strings(value: unknown, field: string): void {
  for (const [name, member] of Object.entries(record(value, field))) text(member, `${field}.${name}`);
}

function list(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(field, "a list", value);
}

function texts(value: unknown, field: string): void {
  list(value, field).forEach((item, i) => {
    text(item, `${field}[${i}]`);
  });
}

function text(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw invalid(field, "text", value);
}

function invalid(field: string, expected: string, actual: unknown): ApocError {
  const shown = actual === undefined ? "nothing" : (JSON.stringify(actual) ?? typeof actual);
  return new ApocError(ociErrors.DOCUMENT_INVALID, { field, expected, actual: shown.slice(0, 160) });
}
