import { parseTrustPolicy } from "@apoc/attestation";
import { accountName, type Grant, type License, licenseHash, sealGrant } from "@apoc/core";
import type { LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chainId, contract, token } from "./sample-pod.ts";
import type { SampleImage } from "./sample-image.ts";

export const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);

/** Free for all, arguments open. */
export const license: License = {
  version: 1,
  developer: accountName(chainId, developer.address),
  offers: [
    {
      chain: `eip155:${chainId}`,
      contract,
      token,
      oneTime: 100n,
      perSecond: 0n,
      executionShare: 0,
      meteredCap: 0n,
    },
  ],
  policy: { args: false, env: [], mounts: [] },
};

/** What grants are given under; it accepts nothing, which nobody here asks. */
const trustPolicy = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: scene\n");

/** A grant of an image under this license, signed by the developer unless a test has another signer. */
export function grantOf(
  image: SampleImage,
  wrappingKey: Uint8Array,
  notAfter: Date,
  signer: LocalAccount = developer,
): Promise<Grant> {
  return sealGrant(
    {
      image: image.digest,
      config: image.manifest.config.digest,
      imageKey: image.key!,
      licenseHash: licenseHash(license),
      wrappingKey,
      notAfter,
      policy: trustPolicy,
      chainId,
    },
    { address: signer.address, signTypedData: (definition) => signer.signTypedData(definition as never) },
  );
}
