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
import { type Context, defineCommand } from "@apoc/terminal";
import { checkLabels, loadTrustPolicy } from "@apoc/terminal/attestation";
import { checkMeanings } from "./check-meanings.ts";
import { collateralOptions, openServices } from "./collateral-options.ts";
import { describeEvidence } from "./describe-evidence.ts";
import { earDocument } from "./ear.ts";
import { parseMoment } from "./moment.ts";
import { policyForEvidence } from "./policy/policy-text.ts";
import { readEvidence } from "./subject.ts";

/** `apoc attestation explain` */
export const command = defineCommand({
  description: `
Every field of the evidence with what it means, then every check with its verdict and what it defends against. Without
--policy the evidence is compared with a policy made from itself: then only what no policy decides can fail, such as
signatures, dates and revocation. Freshness cannot be shown here. Exits 0 whatever is found.`,
  args: { evidence: { syntax: "<evidence>", description: "file of evidence" } },
  options: {
    policy: { flags: "--policy <file>", description: "trust policy to compare with" },
    at: {
      flags: "--at <date>",
      description: "moment of the evaluation; now unless given",
      parse: parseMoment,
    },
    ...collateralOptions,
  },
  examples: [{ text: "What a provider shows", command: "apoc attestation explain evidence.json" }],
  async run(ctx, { args, options }) {
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
  },
});

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
