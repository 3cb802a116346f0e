const encoder = new TextEncoder();

/**
 * Encodes a document so that equal documents give equal bytes: keys sorted by UTF-16 code unit, no white space,
 * `undefined` members left out (RFC 8785).
 * A registry and a runtime keep bytes as they are, so this only fixes what *we* write.
 */
export function encodeCanonicalJson(value: unknown): Uint8Array {
  return encoder.encode(stringify(value));
}

function stringify(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => stringify(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => `${JSON.stringify(name)}:${stringify(member)}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON form`);
  return text;
}
