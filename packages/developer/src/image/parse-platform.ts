import type { WantedPlatform } from "@apoc/oci";

/** `os/architecture[/variant]`. Throws RangeError, which the command line shows as a usage error. */
export function parsePlatform(text: string): WantedPlatform {
  const match = /^([a-z0-9]+)\/([a-z0-9]+)(?:\/([a-z0-9.]+))?$/.exec(text);
  if (match === null) throw new RangeError("expected a platform such as linux/amd64");
  const [, os = "", architecture = "", variant] = match;
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}
