/** Labels of letters, digits and inner hyphens; the last begins with a letter, so that no IP address is one. */
const pattern = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The host name in a `Host` header, in lower case, without port. `undefined` for anything but a DNS name. */
export function hostnameOf(host: string | undefined): string | undefined {
  const name = (host ?? "")
    .replace(/:\d{1,5}$/, "")
    .replace(/\.$/, "")
    .toLowerCase();
  return name.length <= 253 && pattern.test(name) ? name : undefined;
}
