import { type Hex, hashStruct } from "viem";
import type { License } from "./license.ts";

/** EIP-712 types of a license; `licenseHash` is its struct hash, which needs no domain. */
export const licenseTypes = {
  License: [
    { name: "version", type: "uint256" },
    { name: "developer", type: "string" },
    { name: "offers", type: "Offer[]" },
    { name: "policy", type: "Policy" },
  ],
  Offer: [
    { name: "chain", type: "string" },
    { name: "contract", type: "address" },
    { name: "token", type: "address" },
    { name: "oneTime", type: "uint96" },
    { name: "perSecond", type: "uint96" },
    { name: "executionShare", type: "uint32" },
    { name: "meteredCap", type: "uint96" },
  ],
  Policy: [
    { name: "args", type: "bool" },
    { name: "env", type: "string[]" },
    { name: "mounts", type: "string[]" },
  ],
} as const;

/** `licenseHash` of docs/spec/license.md: what grants and channel payees name. */
export function licenseHash(license: License): Hex {
  return hashStruct({
    types: licenseTypes,
    primaryType: "License",
    data: {
      version: BigInt(license.version),
      developer: license.developer,
      offers: license.offers.map((offer) => ({ ...offer })),
      policy: { ...license.policy, env: [...license.policy.env], mounts: [...license.policy.mounts] },
    },
  });
}
