import { defineCommand } from "@apoc/terminal/command";

/** `apoc attestation policy check` */
export const command = defineCommand({
  description: `
Reads a trust policy as every verifier does, prints the digest of its canonical form, which results and records bear, and
says what it permits that a careful one does not, and what it can never accept.`,
  args: { file: { syntax: "<file>", description: "YAML or JSON" } },
  examples: [{ text: "Check a policy before using it", command: "apoc attestation policy check trust.yaml" }],
  run: () => import("./check.run.ts"),
});
