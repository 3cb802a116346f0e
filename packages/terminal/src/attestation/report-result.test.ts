import type { AttestationResult } from "@apoc/attestation";
import { expect, test } from "vitest";
import type { Flags } from "../flags.ts";
import { fakeIo } from "../testing/fake-io.ts";
import { createUi } from "../ui.ts";
import { checkGroups, checkLabels } from "./check-labels.ts";
import { reportResult } from "./report-result.ts";

type Check = AttestationResult["checks"][number];

function result(status: AttestationResult["status"], checks: readonly Check[]): AttestationResult {
  const times = { evaluatedAt: "2026-11-22T00:00:00Z", expiresAt: "2026-11-29T00:00:00Z" };
  return { kind: "sev-snp", status, development: false, checks, ...times } as unknown as AttestationResult;
}

/** Lines of standard error, without marks and repeated spaces. */
function report(appraised: AttestationResult, verbose: number): string[] {
  const fake = fakeIo();
  const flags = { json: false, quiet: false, verbose, color: false, input: false, yes: false } as Flags;
  const ui = createUi(fake.io, flags, new AbortController().signal);
  reportResult({ ui, flags }, appraised, "ab".repeat(32));
  return fake
    .err()
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().replace(/ +/g, " "));
}

const passed: Check[] = [
  { name: "NONCE_MISMATCH", verdict: "pass" },
  { name: "WRAPPING_KEY", verdict: "pass" },
  { name: "TCB_TOO_OLD", verdict: "pass" },
  { name: "HOST_DATA", verdict: "skipped" },
  { name: "MEASUREMENT", verdict: "pass" },
];

test("each group that has checks is one line, and with -v each check too", () => {
  const summary = [
    "✓ Keys 2 checks hold",
    "✓ TCB 1 check holds",
    "✓ Measurement 1 check holds, 1 not asked for",
    "✓ Evidence sev-snp, 4 checks hold, key abababab…, until 2026-11-29T00:00:00Z",
  ];
  expect(report(result("affirming", passed), 0)).toEqual(summary);
  const all = report(result("affirming", passed), 1);
  expect(all.filter((line) => summary.includes(line))).toEqual(summary);
  expect(all.slice(0, 3)).toEqual(["✓ Nonce is ours holds", "✓ Wrapping key is P-256 holds", summary[0]]);
  expect(all).toContain("– Host data not asked for");
});

test.each([0, 1])("a check that failed is shown in full, with %d times -v", (verbose) => {
  const failure: Check = {
    name: "MEASUREMENT",
    verdict: "fail",
    code: "APOC-3205",
    expected: "aa",
    actual: "bb",
  };
  const lines = report(result("contraindicated", [...passed.slice(0, 4), failure]), verbose);
  expect(lines.find((line) => line.startsWith("✗ Measurement is accepted"))).toMatch(
    /APOC-\d{4}: .*\. Expected aa, found bb$/,
  );
  expect(lines.slice(-2)).toEqual([
    "✗ Measurement 1 failed, 1 not asked for, or not reached",
    "✗ Evidence sev-snp, not affirming",
  ]);
});

test("every check is in one group", () => {
  const names = checkGroups.flatMap(({ labels }) => Object.keys(labels));
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(checkLabels)).toHaveLength(names.length);
});
