import { defineCommand, parseDuration } from "@apoc/terminal/command";

/** `apoc dev attest`: docs/spec/evidence.md, "Record". */
export const command = defineCommand({
  description:
    "Sends a fresh nonce, verifies the answer against your trust policy over the TLS key that the evidence binds, and\n" +
    "keeps a record signed with your wallet. Shows a line per group of checks, with -v each check; one that fails is always\n" +
    "shown in full. Exits 3, and keeps nothing, if the evidence does not hold.",
  args: { provider: { syntax: "<provider-url>", description: "https://HOST[:PORT]" } },
  options: {
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    out: { flags: "--out <file>", description: "also write the record to this new file" },
    push: {
      flags: "--push <repository>",
      description: "also publish the record here, so others can find it by the provider's key",
    },
    maxAge: {
      flags: "--max-age <time>",
      description: "maximum validity of the record, e.g. 24h",
      parse: parseDuration,
    },
  },
  examples: [
    { text: "Attest a provider", command: "apoc dev attest https://provider.example --policy trust.yaml" },
  ],
  run: () => import("./attest.run.ts"),
});
