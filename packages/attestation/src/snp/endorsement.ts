import { equalBytes, toHex } from "@apoc/encoding";
import { type Checklist, demand, type Outcome } from "../checklist.ts";
import { verifyEcdsaSha384 } from "../x509/ecdsa.ts";
import type { VerifiedChain } from "./chain.ts";
import type { SnpReferenceValues } from "./reference-values.ts";
import type { SnpReport } from "./report.ts";
import { readVekExtensions, type VekExtensions } from "./vek-extensions.ts";

/** The checks VEK_EXT to REPORT_SIGNATURE: the endorsement key against the report. */
export async function checkEndorsement(
  checks: Checklist,
  report: SnpReport | undefined,
  chain: VerifiedChain | undefined,
  kind: "vcek" | "vlek" | undefined,
  reference: SnpReferenceValues,
): Promise<void> {
  let extensions: VekExtensions | undefined;
  await checks.check(
    "VEK_EXT",
    chain &&
      kind &&
      (() => {
        extensions = readVekExtensions(chain.vek, chain.trust.product, kind);
        return undefined;
      }),
  );
  const vek = extensions;
  const ready = vek && report ? { vek, report } : undefined;
  await checks.check(
    "VEK_TCB_MISMATCH",
    ready &&
      (() =>
        demand(
          equalBytes(ready.vek.tcb, ready.report.reportedTcb),
          `certified ${toHex(ready.vek.tcb)}`,
          `reported ${toHex(ready.report.reportedTcb)}`,
        )),
  );

  if (kind === "vlek") {
    // A VLEK is not bound to a chip, and the firmware leaves the chip id zero.
    checks.notRequired("CHIP_ID_MASKED");
    checks.notRequired("VEK_HWID_MISMATCH");
    await checks.check(
      "VLEK_CSP",
      vek &&
        (() =>
          demand(
            reference.vlekCsps.includes(vek.csp ?? ""),
            reference.vlekCsps.join(", ") || "no cloud provider",
            vek.csp ?? "none",
          )),
    );
  } else {
    const masked = report && (report.signerInfo.maskChipKey || report.chipId.every((byte) => byte === 0));
    await checks.check(
      "CHIP_ID_MASKED",
      report && (() => demand(!masked || reference.allow.maskedChipId, "a chip id", "a masked one")),
    );
    if (masked === true && reference.allow.maskedChipId) checks.notRequired("VEK_HWID_MISMATCH");
    else await checks.check("VEK_HWID_MISMATCH", ready && (() => checkChip(ready.vek, ready.report)));
    checks.notRequired("VLEK_CSP");
  }
  await checks.check(
    "REPORT_SIGNATURE",
    chain &&
      report &&
      (async () => {
        const holds = await verifyEcdsaSha384(chain.vekKey, report.signature, report.signed);
        return demand(holds, "a signature of the endorsement key", "a signature that does not hold");
      }),
  );
}

/** Turin certificates hold 8 bytes; the report pads them with zeros. */
function checkChip({ hwid }: VekExtensions, { chipId }: SnpReport): Outcome {
  const certified = new Uint8Array(64);
  certified.set(hwid ?? []);
  return demand(
    hwid !== undefined && equalBytes(certified, chipId),
    `chip ${toHex(certified)}`,
    `chip ${toHex(chipId)}`,
  );
}
