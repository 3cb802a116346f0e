/** Number of a listing of the marketplace, as a user writes it; for `parse` of arguments and options. */
export function parseListing(text: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  throw new RangeError("expected the number of a listing");
}
