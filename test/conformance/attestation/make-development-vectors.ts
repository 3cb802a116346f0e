// Makes the development evidence that the unit tests of @apoc/attestation verify at a fixed date:
//   node --conditions apoc-source test/conformance/attestation/make-development-vectors.ts > FILE
// The keys are thrown away. RSA keys make it take seconds.
import { generateKeyPairSync } from "node:crypto";
import { type Claims, evidenceDocument, evidenceVersion, reportData } from "@apoc/attestation";
import { concatBytes, toBase64, toHex } from "@apoc/encoding";
import { createDevelopmentRoot, createDevelopmentTee, developmentTrustPolicy } from "@apoc/devnet/tee";

const now = new Date("2026-11-22T00:00:00Z");
const root = await createDevelopmentRoot({ now });
const tee = createDevelopmentTee({ root });
const policy = developmentTrustPolicy(root);
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey;
const spki = (namedCurve: string) => Uint8Array.from(ec(namedCurve).export({ format: "der", type: "spki" }));
const compressed = (uncompressed: Uint8Array) =>
  concatBytes([2 + (uncompressed.at(-1)! & 1)], uncompressed.subarray(1, 33));
const claims: Claims = {
  wrappingKey: spki("P-256"),
  // DHKEM(P-256, HKDF-SHA256)
  hpkeKey: concatBytes([0x00, 0x10], spki("P-256").slice(-65)),
  meterKey: compressed(spki("secp256k1").slice(-65)),
  tlsKey: new Uint8Array(),
  chainId: 31337n,
  provider: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
  configurationDigest: new Uint8Array(32).fill(0xab),
  nodePolicyDigest: new Uint8Array(32),
};
const nonce = Uint8Array.from({ length: 32 }, (_, index) => index);
const evidence = {
  version: evidenceVersion,
  kind: "sev-snp",
  nonce,
  report: tee.report(reportData(nonce, claims)),
  certificates: tee.certificates,
  claims,
} as const;
const vectors = {
  at: "2026-11-23T00:00:00Z",
  rootSha256: root.sha256,
  measurement: toHex(tee.measurement),
  policy,
  evidence: evidenceDocument(evidence),
  crls: {
    empty: toBase64(await root.revocationList([], now)),
    intermediateRevoked: toBase64(await root.revocationList(["0d0001"], now)),
    serialZero: toBase64(await root.revocationList(["00"], now)),
  },
};
process.stdout.write(`${JSON.stringify(vectors, null, 2)}\n`);
