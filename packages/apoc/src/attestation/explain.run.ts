import {
  attestationErrors,
  collateralMoment,
  completeEvidence,
  type Evidence,
  parseTrustPolicy,
  type TrustPolicy,
  verifyEvidence,
} from "@apoc/attestation";
import { isApocError } from "@apoc/errors";
import type { Context, OptionValues, RunResult } from "@apoc/terminal";
import { checkLabels, loadTrustPolicy } from "@apoc/terminal/attestation";
import { checkMeanings } from "./check-meanings.ts";
import type { collateralOptions } from "./collateral-options.ts";
import { openServices } from "./collateral-services.ts";
import { describeEvidence } from "./describe-evidence.ts";
import { earDocument } from "./ear.ts";
import { policyForEvidence } from "./policy/policy-text.ts";
import { readEvidence } from "./subject.ts";

interface Input {
  readonly args: { readonly evidence: string };
  readonly options: { readonly policy: string | undefined; readonly at: Date | undefined } & OptionValues<
    typeof collateralOptions
  >;
}

/** Runs `apoc attestation explain`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const given = await readEvidence(ctx, args.evidence);
  const at = options.at ?? new Date();
  const policy =
    options.policy === undefined
      ? parseTrustPolicy(policyForEvidence(given, { name: "itself", development: true }))
      : await loadTrustPolicy(ctx, options.policy);
  const evidence = await completed(ctx, given, policy, at, () => openServices(ctx, options));
  const result = await verifyEvidence(evidence, { nonce: evidence.nonce, policy, at });
  const fields = describeEvidence(evidence);
  const checks = result.checks.map(({ name, verdict, expected, actual }) => ({
    name,
    code: attestationErrors[name].code,
    verdict,
    defendsAgainst: checkMeanings[name]?.defends ?? "",
    ...(verdict === "fail" ? { expected, actual } : {}),
  }));
  ctx.output.result({ fields, checks, ...earDocument(result) }, ({ paint }) => {
    const mark = { pass: paint("green", "✓"), fail: paint("red", "✗"), skipped: paint("dim", "–") };
    return [
      "Fields (nothing of this is proven unless every check below holds)",
      ...fields.map(
        ({ field, value, meaning }) =>
          `  ${field.padEnd(26)} ${value}\n  ${"".padEnd(26)} ${paint("dim", meaning)}`,
      ),
      "",
      `Checks at ${result.evaluatedAt}, against ${options.policy ?? "the evidence's own values"}`,
      ...checks.map(({ name, code, verdict, defendsAgainst, expected, actual }) => {
        const label = (checkLabels[name] ?? name).padEnd(26);
        const finding =
          verdict === "fail"
            ? `\n    ${code} ${name}: expected ${short(expected)}, found ${short(actual)}`
            : "";
        return `  ${mark[verdict]} ${label} against ${defendsAgainst}${finding}`;
      }),
      "",
      `${result.status}${result.development ? ", DEVELOPMENT: proves nothing about hardware" : ""}`,
    ].join("\n");
  });
}

/** Explaining goes on without collateral, and says that it is missing. */
async function completed(
  ctx: Context,
  evidence: Evidence,
  policy: TrustPolicy,
  at: Date,
  services: () => ReturnType<typeof openServices>,
): Promise<Evidence> {
  try {
    return await completeEvidence(evidence, services(), collateralMoment(policy, at));
  } catch (error) {
    if (!isApocError(error)) throw error;
    ctx.ui.warn(`${error.code}: ${error.message}`);
    return evidence;
  }
}

function short(text = ""): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
