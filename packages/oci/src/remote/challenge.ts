/** One `WWW-Authenticate` challenge (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  scheme: string;
  /** By name in lower case; the last of several of one name. */
  parameters: ReadonlyMap<string, string>;
}

/** Characters of the header that are read; a realm, a service and a scope need a few hundred. */
const limit = 8192;

/** Reads the challenges of a `WWW-Authenticate` header; what cannot be read is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const parts = header
    .slice(0, limit)
    .matchAll(/([A-Za-z0-9_-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?\s*,?\s*/g);
  for (const [, name, quoted, plain] of parts) {
    if (name === undefined) continue;
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}
