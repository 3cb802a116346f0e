import type { CheckVerdict } from "@apoc/core";
import { ApocError, fromErrorDocument } from "@apoc/errors";
import type { Ui } from "@apoc/terminal";
import { admissionErrors } from "@apoc/core";

/** Lists the provider's verdict of every admission check. */
export function reportChecks({ step, failed, skipped }: Ui, checks: readonly CheckVerdict[]): void {
  for (const { check, verdict, error } of checks) {
    const label = `Check ${check}`;
    if (verdict === "pass") step(label, "passes");
    else if (verdict === "fail") failed(label, `${error?.code ?? ""}: ${error?.title ?? ""}`);
    else skipped(label, verdict === "later" ? "once the channel is funded" : "an earlier check failed");
  }
}

/** The error of the first check that failed, as the provider states it. */
export function failedCheck(checks: readonly CheckVerdict[], provider: string): ApocError | undefined {
  const failed = checks.find(({ verdict }) => verdict === "fail");
  if (failed === undefined) return undefined;
  return (
    fromErrorDocument(failed.error) ??
    new ApocError(admissionErrors.PROVIDER_ANSWER, { field: `${provider} check ${failed.check}` })
  );
}
