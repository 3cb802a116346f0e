import type { AttestationResult } from "@apoc/attestation";
import { checkMeanings, type Concern } from "./check-meanings.ts";

/** Values of AR4SI's trustworthiness claims that are used here. */
const affirming = 2;
const contraindicated = 96;
const notGenuine = 97;

/**
 * An attestation result in the shape of EAR (draft-ietf-rats-ear): status and trustworthiness vector of one submodule,
 * id of the policy, times in seconds since 1970; the whole result under `apoc.result`. It is not signed. The status is
 * the worst of the vector, so development evidence is contraindicated here although its own policy affirms it.
 */
export function earDocument(result: AttestationResult): Record<string, unknown> {
  const vector: Record<Concern, number> = {
    "instance-identity": affirming,
    hardware: affirming,
    executables: affirming,
    configuration: affirming,
  };
  for (const { name, verdict } of result.checks) {
    const concern = checkMeanings[name]?.concern;
    if (verdict === "fail" && concern !== undefined)
      vector[concern] = concern === "hardware" ? notGenuine : contraindicated;
  }
  if (result.development) vector.hardware = notGenuine;
  const good = result.status === "affirming" && Object.values(vector).every((value) => value === affirming);
  const seconds = (time: string) => Date.parse(time) / 1000;
  return {
    eat_profile: "tag:github.com,2023:veraison/ear",
    iat: seconds(result.evaluatedAt),
    exp: seconds(result.expiresAt),
    "ear.verifier-id": { developer: "apoc", build: "@apoc/attestation" },
    submods: {
      [result.kind]: {
        "ear.status": good ? "affirming" : "contraindicated",
        "ear.trustworthiness-vector": vector,
        "ear.appraisal-policy-id": `sha256:${result.policyDigest}`,
        "apoc.result": result,
      },
    },
  };
}
