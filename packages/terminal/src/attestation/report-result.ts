import { type AttestationResult, attestationErrors } from "@apoc/attestation";
import type { AttestationEvent } from "@apoc/client";
import type { Context } from "../context.ts";
import { checkGroups, checkLabels } from "./check-labels.ts";

type Reporter = Pick<Context, "ui" | "flags">;
type Check = AttestationResult["checks"][number];

/** Says on standard error whose evidence was appraised, and what was found. */
export function reportAttestation(
  ctx: Reporter,
  { url, provider, nonce, keyId, result }: AttestationEvent,
): void {
  const { host } = new URL(url);
  ctx.ui.note(`Attester   ${host}  ${provider}   nonce ${nonce.slice(0, 8)}… (fresh)`);
  reportResult(ctx, result, keyId);
}

/**
 * Says on standard error what an appraisal found: a line for each group of checks, with `-v` one for every check. A
 * check that failed is always shown in full.
 */
export function reportResult(ctx: Reporter, result: AttestationResult, keyId: string): void {
  const { ui } = ctx;
  const { kind, checks, status } = result;
  for (const { title, labels } of checkGroups) {
    reportGroup(
      ctx,
      title,
      checks.filter(({ name }) => name in labels),
      status,
    );
  }
  reportGroup(
    ctx,
    "Other",
    checks.filter(({ name }) => !(name in checkLabels)),
    status,
  );
  if (status === "affirming") {
    const passed = checks.filter(({ verdict }) => verdict === "pass").length;
    ui.step(
      "Evidence",
      `${kind}, ${passed} checks hold, key ${keyId.slice(0, 8)}…, until ${result.expiresAt}`,
    );
  } else ui.failed("Evidence", `${kind}, not affirming`);
  if (result.development) {
    ui.warn(
      "DEVELOPMENT TEE. This evidence proves nothing about hardware: whoever runs the provider can read\n" +
        "images, keys and data. Your trust policy accepts it; never do so outside of tests.",
    );
  }
}

function reportGroup(
  { ui, flags }: Reporter,
  title: string,
  checks: readonly Check[],
  status: AttestationResult["status"],
): void {
  if (checks.length === 0) return;
  const unasked = status === "affirming" ? "not asked for" : "not asked for, or not reached";
  for (const check of checks) {
    const label = checkLabels[check.name] ?? check.name;
    if (check.verdict === "fail") {
      const error = attestationErrors[check.name];
      ui.failed(label, `${error.code}: ${error.title}. ${difference(check)}`);
    } else if (flags.verbose === 0) continue;
    else if (check.verdict === "pass") ui.step(label, "holds");
    else ui.skipped(label, unasked);
  }
  const count = (verdict: Check["verdict"]) => checks.filter((check) => check.verdict === verdict).length;
  const [hold, fail, skipped] = [count("pass"), count("fail"), count("skipped")];
  const parts = [
    ...(hold > 0 ? [`${hold} ${hold === 1 ? "check holds" : "checks hold"}`] : []),
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(skipped > 0 ? [`${skipped} ${unasked}`] : []),
  ];
  const mark = fail > 0 ? ui.failed : hold > 0 ? ui.step : ui.skipped;
  mark(title, parts.join(", "));
}

function difference({ expected, actual }: Check): string {
  const short = (text = "") => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
  return `Expected ${short(expected)}, found ${short(actual)}`;
}
