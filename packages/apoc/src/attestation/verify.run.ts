import {
  assertRecordCurrent,
  attestationErrors,
  collateralMoment,
  completeEvidence,
  policyDigest,
  providerKeyId,
  type TrustPolicy,
  verifyEvidence,
} from "@apoc/attestation";
import { recordSigner, type SignedRecord, verifyKeySignature } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Context, type OptionValues, type RunResult, terminalErrors } from "@apoc/terminal";
import { attestProvider, loadTrustPolicy, reportResult } from "@apoc/terminal/attestation";
import type { collateralOptions } from "./collateral-options.ts";
import { openServices } from "./collateral-services.ts";
import { earDocument } from "./ear.ts";
import { fetchRecord, readSubject } from "./subject.ts";

interface Input {
  readonly args: { readonly subject: string };
  readonly options: {
    readonly policy: string | undefined;
    readonly at: Date | undefined;
    readonly nonce: Uint8Array | undefined;
    readonly from: string | undefined;
    readonly signer: string | undefined;
  } & OptionValues<typeof collateralOptions>;
}

/** Runs `apoc attestation verify`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
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
  reportResult(ctx, result, keyId);
  ctx.output.result(earDocument(result), `${result.status}  ${result.claims.provider}  ${keyId}`);
  return result.status === "affirming" ? undefined : "verification";
}

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
    throw new ApocError(attestationErrors.RECORD_POLICY, {
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
