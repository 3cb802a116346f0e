import type { CheckVerdict } from "@apoc/core";
import type { Ui } from "@apoc/terminal";

/** Lists the provider's verdict of every admission check. */
export function reportChecks({ step, failed, skipped }: Ui, checks: readonly CheckVerdict[]): void {
  for (const { check, verdict, error } of checks) {
    const label = `Check ${check}`;
    if (verdict === "pass") step(label, "passes");
    else if (verdict === "fail") failed(label, `${error?.code ?? ""}: ${error?.title ?? ""}`);
    else skipped(label, verdict === "later" ? "once the channel is funded" : "an earlier check failed");
  }
}
