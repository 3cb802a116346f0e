import { type Checklist, demand } from "../checklist.ts";
import type { SnpReferenceValues } from "./reference-values.ts";
import { reportSize, type SnpReport } from "./report.ts";

/** The checks REPORT_SIZE to RESERVED_NONZERO: the report by itself. Returns the kind of key that signed it. */
export async function checkStructure(
  checks: Checklist,
  report: SnpReport | undefined,
  size: number,
  reference: SnpReferenceValues,
): Promise<"vcek" | "vlek" | undefined> {
  await checks.check("REPORT_SIZE", () =>
    demand(report !== undefined, `${reportSize} bytes`, `${size} bytes`),
  );
  await checks.check(
    "REPORT_VERSION",
    report &&
      (() => {
        const accepted = reference.reportVersions.filter((version) => version >= 2 && version <= 5);
        return demand(
          accepted.includes(report.version),
          accepted.join(", ") || "no version at all",
          String(report.version),
        );
      }),
  );
  await checks.check(
    "SIG_ALGO",
    report &&
      (() =>
        demand(
          report.signatureAlgorithm === 1,
          "1 (ECDSA P-384 with SHA-384)",
          String(report.signatureAlgorithm),
        )),
  );
  await checks.check(
    "POLICY_RESERVED",
    report &&
      (() =>
        demand(
          report.policy.reservedAsRequired,
          "bit 17 one, bits 26 to 63 zero",
          `0x${report.policy.value.toString(16)}`,
        )),
  );
  await checks.check(
    "SIGNER_INFO",
    report && (() => demand(report.signerInfo.reservedZero, "bits 5 to 31 zero", "reserved bits set")),
  );
  const signer =
    report &&
    ([0, 1].includes(report.signerInfo.signingKey)
      ? (["vcek", "vlek"] as const)[report.signerInfo.signingKey]
      : undefined);
  await checks.check(
    "SIGNING_KEY",
    report &&
      (() =>
        demand(
          signer !== undefined && reference.signers.includes(signer),
          reference.signers.join(", ") || "no key at all",
          signer ?? `key ${report.signerInfo.signingKey}`,
        )),
  );
  await checks.check("VMPL_RANGE", report && (() => demand(report.vmpl <= 3, "0 to 3", String(report.vmpl))));
  await checks.check(
    "RESERVED_NONZERO",
    report &&
      (() =>
        demand(
          report.reservedNonzero === undefined,
          "zero",
          `a byte at 0x${report.reservedNonzero?.toString(16)}`,
        )),
  );
  return signer;
}
