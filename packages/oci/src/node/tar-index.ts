import { type FileHandle, open } from "node:fs/promises";
import { posix } from "node:path";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";

/** A file of an archive: where its bytes lie. */
export interface TarEntry {
  start: number;
  size: number;
}

const block = 512;
const maxEntries = 20_000;
const maxMetadata = 1024 * 1024;
/** Files that decide what an archive is. */
const documents = ["oci-layout", "index.json", "manifest.json"];

/**
 * Reads the table of contents of a tar file (POSIX ustar and pax, GNU long names) without extracting anything: the
 * bytes stay where they are and are read by offset. Links are resolved within the archive.
 * @throws ARCHIVE_UNSAFE for absolute paths, `..`, and links out of the archive; ARCHIVE_INVALID
 */
export async function readTarIndex(path: string): Promise<Map<string, TarEntry>> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    return await scan(file, size, path);
  } finally {
    await file.close();
  }
}

async function scan(file: FileHandle, end: number, archive: string): Promise<Map<string, TarEntry>> {
  const files = new Map<string, TarEntry>();
  const links = new Map<string, string>();
  let extended: { path?: string; linkpath?: string; size?: number } = {};
  const readHeader = headerReader(file);
  for (let at = 0, count = 0; at + block <= end; count++) {
    if (count > maxEntries) throw damaged(archive, `at most ${maxEntries} entries`);
    const header = await readHeader(at);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header, archive);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = extended.size ?? number(header, 124, 12, archive);
    const start = at + block;
    if (start + size > end) throw damaged(archive, "a whole archive", "a truncated one");
    at = start + Math.ceil(size / block) * block;
    if ("xgLK".includes(type)) {
      if (type === "g") continue;
      if (size > maxMetadata) throw damaged(archive, "a short name");
      const data = Buffer.alloc(size);
      await file.read(data, 0, size, start);
      if (type === "x") extended = { ...extended, ...pax(data, archive) };
      else extended[type === "L" ? "path" : "linkpath"] = text(data, 0, size);
      continue;
    }
    const name = safePath(extended.path ?? ustarName(header), archive);
    if (type === "0" || type === "\0" || type === "7") {
      // Of two files of one name readers take the first or the last, and so might read two images.
      if (documents.includes(name) && files.has(name)) throw damaged(archive, `one ${name}`, "two");
      links.delete(name);
      files.set(name, { start, size });
    } else if (type === "1" || type === "2") {
      const target = extended.linkpath ?? text(header, 157, 100);
      files.delete(name);
      links.set(name, linkTarget(name, target, type === "2", archive));
    }
    extended = {};
  }
  for (const name of links.keys()) {
    const found = follow(name, files, links);
    if (found !== undefined) files.set(name, found);
  }
  return files;
}

/** Reads a block; small files lie close together, so several headers come with one reading of the disk. */
function headerReader(file: FileHandle): (at: number) => Promise<Buffer> {
  const window = Buffer.alloc(32 * block);
  let [start, end] = [0, 0];
  return async (at) => {
    if (at < start || at + block > end) {
      const { bytesRead } = await file.read(window, 0, window.length, at);
      [start, end] = [at, at + bytesRead];
    }
    return window.subarray(at - start, at - start + block);
  };
}

/** docker save writes a repeated layer as a link to the first one. */
function follow(
  name: string,
  files: ReadonlyMap<string, TarEntry>,
  links: ReadonlyMap<string, string>,
): TarEntry | undefined {
  let current = name;
  for (let hops = 0; hops < 8; hops++) {
    const next = links.get(current);
    if (next === undefined) return files.get(current);
    current = next;
  }
  return undefined;
}

function linkTarget(name: string, target: string, symbolic: boolean, archive: string): string {
  if (target.startsWith("/")) throw unsafe(archive, `${name} -> ${target}`);
  const resolved = symbolic ? posix.join(posix.dirname(name), target) : posix.normalize(target);
  if (resolved === ".." || resolved.startsWith("../")) throw unsafe(archive, `${name} -> ${target}`);
  return resolved;
}

function safePath(name: string, archive: string): string {
  if (name === "" || name.startsWith("/") || name.includes("\0") || name.split("/").includes("..")) {
    throw unsafe(archive, name);
  }
  return posix.normalize(name).replace(/\/$/, "");
}

function ustarName(header: Buffer): string {
  const name = text(header, 0, 100);
  const prefix = header.toString("latin1", 257, 263) === "ustar\0" ? text(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function text(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString("utf8", start, end < 0 || end > start + length ? start + length : end);
}

/** Octal text, or base 256 when the top bit of the first byte is set (GNU). */
function number(header: Buffer, start: number, length: number, archive: string): number {
  if (((header[start] ?? 0) & 0x80) !== 0) {
    const value = header.readBigUInt64BE(start + length - 8);
    const high = header.subarray(start + 1, start + length - 8).some((byte) => byte !== 0);
    if (high || header[start] !== 0x80 || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw damaged(archive, "a size");
    }
    return Number(value);
  }
  const digits = text(header, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged(archive, "an octal number", JSON.stringify(digits));
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function checkSum(header: Buffer, archive: string): void {
  const stated = number(header, 148, 8, archive);
  let sum = 8 * 32;
  for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  if (sum !== stated) throw damaged(archive, "a tar header", "a wrong checksum");
}

/** pax extended header: records `length key=value\n`. */
function pax(data: Buffer, archive: string): { path?: string; linkpath?: string; size?: number } {
  const found: { path?: string; linkpath?: string; size?: number } = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString("latin1", at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length < 5 || at + length > data.length) {
      throw damaged(archive, "a pax record");
    }
    const record = data.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path" || key === "linkpath") found[key] = value;
    if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) throw damaged(archive, "a size", value);
      found.size = Number(value);
    }
    at += length;
  }
  return found;
}

function damaged(archive: string, expected: string, actual?: string): ApocError {
  return new ApocError(ociErrors.ARCHIVE_INVALID, { field: archive, expected, actual });
}

function unsafe(archive: string, actual: string): ApocError {
  return new ApocError(ociErrors.ARCHIVE_UNSAFE, { field: archive, actual });
}
