import { BlockList, isIP } from "node:net";

/** Blocks of IPv4 that are not the public internet (IANA special-purpose registry, RFC 6890), and multicast. */
const special4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
/** Blocks within global unicast (2000::/3) that reach special places: IETF protocols with Teredo, documentation, 6to4. */
const special6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const refused4 = blocks("ipv4", special4);
const refused6 = blocks("ipv6", special6);
const unicast6 = blocks("ipv6", [["2000::", 3]]);
const mapped = blocks("ipv6", [["::ffff:0:0", 96]]);
/** NAT64 (RFC 6052): stands for the IPv4 address in its last 32 bits. */
const translated = blocks("ipv6", [["64:ff9b::", 96]]);

/**
 * Whether an IP address is one of the public internet. Loopback, private, link-local, shared (CGNAT), multicast,
 * reserved and unspecified ones are not, in either family and however they are embedded; IPv6 is refused by default,
 * only global unicast counts. What is not an address at all is not public.
 */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  switch (isIP(plain)) {
    case 4:
      return !refused4.check(plain, "ipv4");
    case 6:
      if (plain !== address) return false;
      if (mapped.check(plain, "ipv6") || translated.check(plain, "ipv6")) {
        return !refused4.check(embedded(plain), "ipv4");
      }
      return unicast6.check(plain, "ipv6") && !refused6.check(plain, "ipv6");
    default:
      return false;
  }
}

/** The IPv4 address in the last 32 bits, of any spelling. */
function embedded(address: string): string {
  const { hostname } = new URL(`http://[${address}]`);
  const [high = "0", low = "0"] = hostname
    .slice(1, -1)
    .replace(/::$/, "::0")
    .split(":")
    .slice(-2)
    .map((part) => part || "0");
  const bits = (Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

function blocks(family: "ipv4" | "ipv6", ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
