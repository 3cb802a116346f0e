import {
  assertRecordCurrent,
  attestationErrors,
  collateralMoment,
  completeEvidence,
  fromHex,
  policyDigest,
  providerKeyId,
  type TrustPolicy,
  verifyEvidence,
} from "@apoc/attestation";
import { recordSigner, type SignedRecord, verifyKeySignature } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Context, defineCommand, terminalErrors } from "@apoc/terminal";
import { attestProvider, loadTrustPolicy, reportResult } from "@apoc/terminal/attestation";
import { collateralOptions, openServices } from "./collateral-options.ts";
import { earDocument } from "./ear.ts";
import { parseMoment } from "./moment.ts";
import { fetchRecord, readSubject } from "./subject.ts";

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
      description: "moment of the evaluation; now unless given",
      parse: parseMoment,
    },
    nonce: {
      flags: "--nonce <hex>",
      description: "the 32 bytes that you sent for this evidence",
      parse: parseNonce,
    },
    from: {
      flags: "--from <repository>",
      description: "take the record that was published there; the argument is the id of the provider's key",
    },
    signer: { flags: "--signer <address>", description: "who must have signed a record" },
    ...collateralOptions,
  },
  examples: [
    {
      text: "A running provider",
      command: "apoc attestation verify https://provider.example --policy trust.yaml",
    },
    {
      text: "Evidence of last year, without a network",
      command:
        "apoc attestation verify evidence.json --policy trust.yaml --at 2025-06-01 --offline --collateral dir",
    },
  ],
  async run(ctx, { args, options }) {
    const services = openServices(ctx, options);
    if (/^https?:\/\//.test(args.subject)) {
      if (options.at !== undefined || options.nonce !== undefined)
        throw new ApocError(terminalErrors.USAGE, {
          field: "--at, --nonce",
          expected: "a file",
          actual: "a URL",
        });
      const { policy } = options;
      const provider = await attestProvider(ctx, {
        url: args.subject,
        policy,
        listChecks: true,
        collateral: services,
      });
      await provider.close();
      ctx.output.result(earDocument(provider.result), `affirming  ${provider.address}  ${provider.keyId}`);
      return undefined;
    }
    const subject =
      options.from === undefined
        ? await readSubject(ctx, args.subject)
        : ({ kind: "record", signed: await fetchRecord(options.from, args.subject) } as const);
    const at = options.at ?? new Date();
    if (subject.kind === "record") {
      const policy = options.policy === undefined ? undefined : await loadTrustPolicy(ctx, options.policy);
      await verifyRecord(ctx, args.subject, subject.signed, { at, signer: options.signer, policy });
      return undefined;
    }
    const policy = await loadTrustPolicy(ctx, options.policy);
    const evidence = await completeEvidence(subject.evidence, services, collateralMoment(policy, at));
    if (options.nonce === undefined)
      ctx.ui.warn("Without --nonce, the evidence's own nonce is taken: this does not show that it is fresh.");
    const result = await verifyEvidence(evidence, { nonce: options.nonce ?? evidence.nonce, policy, at });
    const keyId = providerKeyId(evidence.claims.wrappingKey);
    reportResult(ctx, result, { keyId, listChecks: true });
    ctx.output.result(earDocument(result), `${result.status}  ${result.claims.provider}  ${keyId}`);
    return result.status === "affirming" ? undefined : "verification";
  },
});

async function verifyRecord(
  ctx: Context,
  file: string,
  signed: SignedRecord,
  expected: { at: Date; signer: string | undefined; policy: TrustPolicy | undefined },
): Promise<void> {
  const { record } = signed;
  const signer = await recordSigner(signed, verifyKeySignature);
  const wanted = expected.signer ?? signed.developer;
  if (
    signer === undefined ||
    (expected.signer !== undefined && signer.toLowerCase() !== expected.signer.toLowerCase())
  ) {
    throw new ApocError(attestationErrors.RECORD_FORMAT, {
      field: `${file}.signature`,
      expected: `a signature of ${wanted}`,
      actual: signer ?? "one that does not hold",
    });
  }
  assertRecordCurrent(record, expected.at);
  const digest = expected.policy && policyDigest(expected.policy);
  if (digest !== undefined && digest !== record.policyDigest) {
    throw new ApocError(attestationErrors.CLAIM_POLICY, {
      field: `${file}.policyDigest`,
      expected: digest,
      actual: record.policyDigest,
    });
  }
  ctx.ui.step("Signature", `of ${signer}`);
  ctx.ui.step("Validity", `${record.evaluatedAt} to ${record.expiresAt}`);
  if (digest === undefined) ctx.ui.skipped("Trust policy", `not compared: ${record.policyDigest}`);
  else ctx.ui.step("Trust policy", digest);
  ctx.ui.warn("A record says what its signer found. The evidence itself is not in it, only its digest.");
  if (record.result.development) ctx.ui.warn("DEVELOPMENT TEE: this record proves nothing about hardware.");
  ctx.output.result(
    { signer, ...earDocument(record.result) },
    `affirming  ${record.provider}  ${record.providerKeyId}`,
  );
}

function parseNonce(text: string): Uint8Array {
  const hex = text.replace(/^0x/, "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return fromHex(hex);
  throw new ApocError(terminalErrors.USAGE, { field: "--nonce", expected: "32 bytes in hex", actual: text });
}
