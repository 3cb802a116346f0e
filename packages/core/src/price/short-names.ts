/** `sha256:9f2c…71be` or its hex alone, as `9f2c…71be`. */
export function shortDigest(digest: string): string {
  const hex = digest.slice(digest.indexOf(":") + 1);
  return `${hex.slice(0, 4)}…${hex.slice(-4)}`;
}

/** `0xDe7e…0aF3`. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}
