/** Characters of a header that are read; longer ones serve nobody but an attacker on patterns. */
const limit = 4096;

/** A range of bytes that a response carries (RFC 9110, section 14.4). */
export interface ContentRange {
  /** First byte. */
  readonly start: number;
  /** Last byte, inclusive. */
  readonly end: number;
  /** Of the whole; absent where the server says `*`. */
  readonly size?: number;
}

/** Reads `Content-Range: bytes 5-9/10`; anything else, and ranges that cannot be, give `undefined`. */
export function parseContentRange(header: string): ContentRange | undefined {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/.exec(header);
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  const size = match[3] === "*" ? Number.MAX_SAFE_INTEGER : Number(match[3]);
  if (!Number.isSafeInteger(size) || start > end || end >= size) return undefined;
  return match[3] === "*" ? { start, end } : { start, end, size };
}

/**
 * Last byte of an upload that the registry has: `Range: 0-99` (distribution-spec, end-13). Registries say `0-0` for an
 * upload without a byte as well as for one with a single one.
 */
export function parseUploadRange(header: string): number | undefined {
  const match = /^(?:bytes=)?0-(\d{1,16})$/.exec(header);
  const end = Number(match?.[1]);
  return match !== null && Number.isSafeInteger(end) ? end : undefined;
}

/** Target of the first link with the relation `next` (RFC 8288). */
export function parseNextLink(header: string): string | undefined {
  const link =
    /\s*<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)\s*(?:,|$)/gy;
  const text = header.slice(0, limit);
  for (let match = link.exec(text); match !== null; match = link.exec(text)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(match[2] ?? "");
    const names = (relation?.[1] ?? relation?.[2] ?? "").toLowerCase().split(/\s+/);
    if (names.includes("next")) return match[1];
  }
  return undefined;
}

/**
 * Texts of `Warning` headers with code 299 and no agent, as distribution-spec, "Warnings", defines them; 4096
 * characters in all. Control characters are taken out, since the texts end in a terminal.
 */
export function parseWarnings(header: string): string[] {
  const texts: string[] = [];
  for (const [, text = ""] of header.slice(0, limit).matchAll(/(?:^|,)\s*299\s+-\s+"((?:[^"\\]|\\.)*)"/g)) {
    const plain = text
      .replace(/\\(.)/g, "$1")
      .replace(/[^\x21-\x7e]+/g, " ")
      .trim();
    if (plain !== "" && !texts.includes(plain)) texts.push(plain);
  }
  return texts;
}

/** Wait in milliseconds that `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date. */
export function parseRetryAfter(header: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
