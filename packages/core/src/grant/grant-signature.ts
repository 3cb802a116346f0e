import { type Hex, type TypedDataDefinition, sha256, stringToBytes } from "viem";
import { parseAccountName } from "../chain-id.ts";
import type { SignatureVerifier } from "../signature.ts";
import type { Grant } from "./grant.ts";

const types = {
  Grant: [
    { name: "image", type: "string" },
    { name: "providerKeyId", type: "bytes32" },
    { name: "licenseHash", type: "bytes32" },
    { name: "notAfter", type: "uint64" },
    { name: "policyDigest", type: "bytes32" },
    { name: "jweHash", type: "bytes32" },
  ],
} as const;

/** The EIP-712 document that a developer signs. A JWE does not authenticate its sender, so its hash is in here. */
export function grantTypedData(grant: Omit<Grant, "signature">): TypedDataDefinition {
  return {
    domain: { name: "apoc grant", version: "2", chainId: parseAccountName(grant.developer).chainId },
    types,
    primaryType: "Grant",
    message: {
      image: grant.image,
      providerKeyId: `0x${grant.providerKeyId}` satisfies Hex,
      licenseHash: grant.licenseHash,
      notAfter: BigInt(grant.notAfter),
      policyDigest: `0x${grant.policyDigest}` satisfies Hex,
      jweHash: sha256(stringToBytes(grant.jwe)),
    },
  };
}

/** Was the grant signed by the developer it names? */
export function verifyGrantSignature(grant: Grant, verify: SignatureVerifier): Promise<boolean> {
  const { address } = parseAccountName(grant.developer);
  return verify(address, grantTypedData(grant), grant.signature);
}
