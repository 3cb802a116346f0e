/** How {@link canonicalJson} treats what RFC 8785 has no form for. */
export interface CanonicalJsonOptions {
  /**
   * Lone surrogates, which have no UTF-8 form: `refuse` (the default), or `escape` for documents of others that are
   * written again, where they stay what they were.
   */
  readonly loneSurrogates?: "refuse" | "escape";
}

/**
 * JSON canonicalisation scheme (RFC 8785): members sorted by UTF-16 code units, no white space. Members that are
 * `undefined` are left out, as in `JSON.stringify`. Throws `TypeError` for every other value outside I-JSON (RFC 7493):
 * lone surrogates unless escaped, numbers that are not finite, `bigint`, `undefined` in an array.
 */
export function canonicalJson(value: unknown, options: CanonicalJsonOptions = {}): string {
  if (Array.isArray(value))
    return `[${value.map((item: unknown) => canonicalJson(item, options)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => `${canonicalJson(name, options)}:${canonicalJson(member, options)}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "string") {
    if (options.loneSurrogates !== "escape" && !value.isWellFormed())
      throw new TypeError("a lone surrogate has no canonical form");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
    return JSON.stringify(value);
  throw new TypeError(`${typeof value === "number" ? value : typeof value} has no canonical form`);
}

/**
 * Whether every text of a value, names of members included, has a UTF-8 form: no lone surrogate (RFC 7493, section
 * 2.1). Input is checked by this before its digest is taken.
 */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
}
