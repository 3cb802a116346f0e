import { DerError } from "../der.ts";
import { fromBase64 } from "../encoding.ts";

const block = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)-----END CERTIFICATE-----/g;

/**
 * DER of the certificates in a text of PEM blocks (RFC 7468), in their order. Between blocks there may be white space
 * and, at the end, one NUL byte, as Intel's chains have it. Throws `DerError` for anything else, for no certificate
 * and for more than `limit`.
 */
export function readPemCertificates(text: string, limit: number): Uint8Array<ArrayBuffer>[] {
  const rest = text.replace(block, "").replace(/\0$/, "");
  if (rest.trim() !== "") throw new DerError("text that is no PEM certificate");
  const found = [...text.matchAll(block)].map(([, body = ""]) => {
    try {
      return fromBase64(body.replaceAll(/\r?\n/g, ""));
    } catch {
      throw new DerError("a PEM block is not base64");
    }
  });
  if (found.length === 0 || found.length > limit) throw new DerError(`${found.length} PEM certificates`);
  return found;
}
