import { defineCommand, parseNonce } from "@apoc/terminal/command";
import { collateralOptions } from "./collateral-options.ts";
import { parseMoment } from "./moment.ts";

/** `apoc attestation verify` */
export const command = defineCommand({
  description: `
A URL: sends a fresh nonce, and the answer must bind the TLS key of the connection. A file of evidence: verified at --at;
that it is fresh shows only with --nonce. A record: its signature, dates and, with --signer and --policy, who signed it
and under which policy. Collateral that the evidence lacks is fetched. Exits 3 where anything does not hold. With --json
the result has the shape of EAR.`,
  args: {
    subject: { syntax: "<evidence|record|url>", description: "file, or https://HOST[:PORT]; see --from" },
  },
  options: {
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    at: {
      flags: "--at <date>",
      description: "time of the evaluation; default: now",
      parse: parseMoment,
    },
    nonce: {
      flags: "--nonce <hex>",
      description: "the 32 bytes that you sent for this evidence",
      parse: parseNonce,
    },
    from: {
      flags: "--from <repository>",
      description: "verify the record that was published there; the argument is the id of the provider's key",
    },
    signer: { flags: "--signer <address>", description: "address that must have signed the record" },
    ...collateralOptions,
  },
  examples: [
    {
      text: "Verify a running provider",
      command: "apoc attestation verify https://provider.example --policy trust.yaml",
    },
    {
      text: "Verify old evidence offline",
      command:
        "apoc attestation verify evidence.json --policy trust.yaml --at 2025-06-01 --offline --collateral dir",
    },
  ],
  run: () => import("./verify.run.ts"),
});
