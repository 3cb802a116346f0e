import { type AttestationResult, attestationErrors } from "@apoc/attestation";
import type { AttestationEvent } from "@apoc/client";
import type { Context } from "../context.ts";
import { checkLabels } from "./check-labels.ts";

/** Says on standard error whose evidence was appraised, and what was found. */
export function reportAttestation(
  ctx: Pick<Context, "ui">,
  { url, provider, nonce, keyId, result }: AttestationEvent,
  options: { readonly listChecks: boolean },
): void {
  const { host } = new URL(url);
  ctx.ui.note(`Attester   ${host}  ${provider}   nonce ${nonce.slice(0, 8)}… (fresh)`);
  reportResult(ctx, result, { keyId, ...options });
}

/** Says on standard error what an appraisal found: failures and one line, or every check with its verdict. */
export function reportResult(
  { ui }: Pick<Context, "ui">,
  result: AttestationResult,
  { keyId, listChecks }: { readonly keyId: string; readonly listChecks: boolean },
): void {
  const { kind, checks } = result;
  for (const check of checks) {
    if (!listChecks && check.verdict !== "fail") continue;
    const label = checkLabels[check.name] ?? check.name;
    const error = attestationErrors[check.name];
    if (check.verdict === "pass") ui.step(label, "holds");
    else if (check.verdict === "fail")
      ui.failed(label, `${error.code}: ${error.title}. ${difference(check)}`);
    else ui.skipped(label, result.status === "affirming" ? "not asked for" : "not asked for, or not reached");
  }
  if (result.status === "affirming") {
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

function difference({ expected, actual }: AttestationResult["checks"][number]): string {
  const short = (text = "") => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
  return `Expected ${short(expected)}, found ${short(actual)}`;
}
