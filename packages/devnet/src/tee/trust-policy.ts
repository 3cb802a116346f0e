import { toHex } from "@apoc/encoding";
import { developmentMeasurement } from "./development-tee.ts";
import type { DevelopmentRoot } from "./root.ts";

/** Text of the trust policy that accepts this root and this measurement, and nothing else. For development only. */
export function developmentTrustPolicy(
  root: Pick<DevelopmentRoot, "sha256">,
  measurement: Uint8Array = developmentMeasurement,
): string {
  return `# Accepts a development attester. It protects nothing: never use this policy for real software.
apiVersion: apoc.network/trust-policy/v1
name: development
maxAge: 7d
development: true
roots:
  - kind: sev-snp
    product: Genoa
    sha256: "${root.sha256}"
    development: true
    revocation: none
snp:
  products: [Genoa]
  measurements:
    - "${toHex(measurement)}"
  minTcb:
    Genoa: { bl: 10, tee: 0, snp: 25, ucode: 84 }
  allow:
    smt: true
`;
}
