import { decodeBase64, toBase64 } from "./base64.ts";

/** A block between `-----BEGIN LABEL-----` and `-----END LABEL-----`. */
export interface PemBlock {
  readonly label: string;
  /** Header lines of RFC 1421, section 4.6, as they are; empty where there are none. */
  readonly headers: string;
  /** The content; `undefined` where it is not base64, as in OpenPGP's blocks. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** Text that is not PEM. Not coded: parsers of keys and certificates map it to their code. */
export class PemError extends Error {}

const lineLength = 64;
const lax = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/**
 * Contents of the blocks of one label that a text consists of (RFC 7468, strict form). Lines all end with LF, or all with
 * CRLF, and have 64 characters, the last of a block at most that. Nothing stands between blocks; after the last one may
 * come the end of its line and then one NUL byte, as in Intel's chains. Text outside the blocks would be a place that
 * no signature covers.
 * @throws PemError for anything else, for no block and for more than `limit`
 */
export function readPemBlocks(text: string, label: string, limit: number): Uint8Array<ArrayBuffer>[] {
  const lines = text.replace(/\n\0$/, "\n").split(text.includes("\r\n") ? "\r\n" : "\n");
  if (lines.at(-1) === "") lines.pop();
  const found: Uint8Array<ArrayBuffer>[] = [];
  let block: string[] | undefined;
  for (const line of lines) {
    if (block === undefined) {
      if (line !== `-----BEGIN ${label}-----`) throw new PemError(`text that is no ${label}`);
      block = [];
    } else if (line !== `-----END ${label}-----`) block.push(line);
    else {
      found.push(decodeLines(block));
      block = undefined;
    }
  }
  if (block !== undefined) throw new PemError("a block without end");
  if (found.length === 0 || found.length > limit) throw new PemError(`${found.length} blocks`);
  return found;
}

/**
 * Blocks that occur in a text, in their order, as OpenSSL's tools find them: with other text around them, lines of any
 * length and the headers of RFC 1421.
 */
export function* findPemBlocks(text: string): Generator<PemBlock> {
  for (const [, label = "", body = ""] of text.matchAll(lax)) {
    const [, headers = "", data = ""] = /^\s*((?:[A-Za-z-]+:.*\r?\n)*)([\s\S]*)$/.exec(body) ?? [];
    yield { label, headers, bytes: decodeBase64(data.replace(/\s+/g, "")) };
  }
}

/** Blocks of one label, one after the other, with lines of 64 characters (RFC 7468, strict form). */
export function writePem(label: string, ...contents: readonly Uint8Array[]): string {
  return contents
    .flatMap((bytes) => [
      `-----BEGIN ${label}-----\n`,
      ...(toBase64(bytes).match(/.{1,64}/g) ?? []).map((line) => `${line}\n`),
      `-----END ${label}-----\n`,
    ])
    .join("");
}

function decodeLines(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const last = lines.at(-1)?.length ?? 0;
  if (last < 1 || last > lineLength || lines.slice(0, -1).some(({ length }) => length !== lineLength))
    throw new PemError("a line of another length");
  const bytes = decodeBase64(lines.join(""));
  if (bytes === undefined) throw new PemError("a block that is not base64");
  return bytes;
}
