import { DerError } from "../der.ts";
import { fromBase64 } from "../encoding.ts";

const begin = "-----BEGIN CERTIFICATE-----";
const end = "-----END CERTIFICATE-----";
const lineLength = 64;

/**
 * DER of the certificates in a text of PEM blocks (RFC 7468, strict form), in their order. Lines all end with LF, or all
 * with CRLF, and have 64 characters, the last of a block at most that. Nothing stands between blocks; after the last one
 * may come the end of its line and then one NUL byte, as Intel's chains have it. Throws `DerError` for anything else,
 * for no certificate and for more than `limit`: text outside of the blocks would be a place that no signature covers.
 */
export function readPemCertificates(text: string, limit: number): Uint8Array<ArrayBuffer>[] {
  const lines = text.replace(/\n\0$/, "\n").split(text.includes("\r\n") ? "\r\n" : "\n");
  if (lines.at(-1) === "") lines.pop();
  const found: Uint8Array<ArrayBuffer>[] = [];
  let block: string[] | undefined;
  for (const line of lines) {
    if (block === undefined) {
      if (line !== begin) throw new DerError("text that is no PEM certificate");
      block = [];
    } else if (line !== end) block.push(line);
    else {
      found.push(decode(block));
      block = undefined;
    }
  }
  if (block !== undefined) throw new DerError("a PEM block without end");
  if (found.length === 0 || found.length > limit) throw new DerError(`${found.length} PEM certificates`);
  return found;
}

function decode(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const last = lines.at(-1)?.length ?? 0;
  if (last < 1 || last > lineLength || lines.slice(0, -1).some(({ length }) => length !== lineLength))
    throw new DerError("a line of a PEM block has another length");
  try {
    return fromBase64(lines.join(""));
  } catch {
    throw new DerError("a PEM block is not base64");
  }
}
