// What the case runner takes from Node, for its bundle in a browser: files come with the list of cases, and the hash of
// a root from another implementation. Only the runner needs these; the verifier needs nothing of Node.
import { sha256 } from "viem";

const files = new Map<string, Uint8Array>();

/** Makes files readable, by the paths that cases name. */
export function provideFiles(content: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(content))
    files.set(
      path,
      Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
    );
}

/** As that of `node:fs`, for files that were provided. */
export function readFileSync(path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`no file ${path}`);
  return bytes;
}

/** As that of `node:path`; cases are run with the empty folder. */
export function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

/** Absolute path of a list; lists are not read in a browser. */
export function resolve(path: string): string {
  return path;
}

/** Folder of a path. */
export function dirname(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** As that of `node:crypto`, for SHA-256 in hexadecimal. */
export function createHash(): { update: (bytes: Uint8Array) => { digest: () => string } } {
  return { update: (bytes) => ({ digest: () => sha256(bytes).slice(2) }) };
}
