import { equalBytes, toHex } from "@apoc/encoding";
import { type Checklist, demand, listed, type Outcome } from "../checklist.ts";
import type { Product } from "./product.ts";
import type { SnpReferenceValues } from "./reference-values.ts";
import type { SnpReport } from "./report.ts";
import { readTcb, type Tcb, tcbAtLeast, tcbReservedZero, tcbText } from "./tcb.ts";

/** The checks DEBUG_ALLOWED to REPORT_DATA: the report against the trust policy. */
export async function checkReferenceValues(
  checks: Checklist,
  report: SnpReport | undefined,
  product: Product | undefined,
  reference: SnpReferenceValues,
  expectedReportData: Uint8Array,
): Promise<void> {
  const { allow } = reference;
  const allowed = (flag: boolean | undefined, permitted: boolean) => () =>
    demand(!flag || permitted, "off", "on");
  await checks.check("DEBUG_ALLOWED", report && allowed(report.policy.debug, allow.debug));
  await checks.check("MIGRATION_ALLOWED", report && allowed(report.policy.migrationAgent, allow.migration));
  await checks.check("SMT_ALLOWED", report && allowed(report.policy.smt, allow.smt));
  await checks.check(
    "VMPL",
    report &&
      (() =>
        demand(
          reference.vmpl.includes(report.vmpl),
          reference.vmpl.join(", ") || "no level at all",
          String(report.vmpl),
        )),
  );

  const ready = report && product ? { report, product } : undefined;
  const tcbOf = (field: "reportedTcb" | "currentTcb" | "committedTcb" | "launchTcb") =>
    readTcb(ready!.report[field], ready!.product);
  await checks.check(
    "TCB_TOO_OLD",
    ready && (() => checkFloor(tcbOf("reportedTcb"), reference.minTcb[ready.product])),
  );
  await checks.check(
    "TCB_INCONSISTENT",
    ready &&
      (() => {
        const fields = ["reportedTcb", "currentTcb", "committedTcb", "launchTcb"] as const;
        const padded = fields.find((field) => !tcbReservedZero(ready.report[field], ready.product));
        if (padded !== undefined) return { expected: "zero in reserved bytes", actual: padded };
        const current = tcbOf("currentTcb");
        const above = (["reportedTcb", "committedTcb"] as const).find(
          (field) => !tcbAtLeast(current, tcbOf(field)),
        );
        return (
          above && {
            expected: `at most the current ${tcbText(current)}`,
            actual: `${above} ${tcbText(tcbOf(above))}`,
          }
        );
      }),
  );
  const { minLaunchTcb } = reference;
  if (minLaunchTcb === null) checks.notRequired("LAUNCH_TCB_TOO_OLD");
  else
    await checks.check(
      "LAUNCH_TCB_TOO_OLD",
      ready && (() => checkFloor(tcbOf("launchTcb"), minLaunchTcb[ready.product])),
    );
  if (reference.provisionalFirmware) checks.notRequired("PROVISIONAL_FIRMWARE");
  else
    await checks.check(
      "PROVISIONAL_FIRMWARE",
      report &&
        (() => {
          const same =
            equalBytes(report.currentTcb, report.committedTcb) &&
            report.currentFirmware === report.committedFirmware;
          const text = (tcb: Uint8Array, version: string) => `${toHex(tcb)} of ${version}`;
          return demand(
            same,
            `current ${text(report.currentTcb, report.currentFirmware)} committed`,
            text(report.committedTcb, report.committedFirmware),
          );
        }),
    );

  await checks.check("MEASUREMENT", report && (() => listed(reference.measurements, report.measurement)));
  const optional = async (
    name: "HOST_DATA" | "CHIP_NOT_ALLOWED",
    list: readonly string[] | null,
    value: Uint8Array | undefined,
  ) =>
    list === null
      ? checks.notRequired(name)
      : void (await checks.check(name, value && (() => listed(list, value))));
  await optional("HOST_DATA", reference.hostData, report?.hostData);
  const { idKeyDigests, authorKeyDigests } = reference;
  if (idKeyDigests === null && authorKeyDigests === null) checks.notRequired("ID_KEY");
  else
    await checks.check(
      "ID_KEY",
      report &&
        (() =>
          (idKeyDigests === null ? undefined : listed(idKeyDigests, report.idKeyDigest)) ??
          (authorKeyDigests === null ? undefined : listed(authorKeyDigests, report.authorKeyDigest))),
    );
  await checks.check(
    "GUEST_SVN",
    report &&
      (() =>
        demand(
          report.guestSvn >= reference.minGuestSvn,
          `at least ${reference.minGuestSvn}`,
          String(report.guestSvn),
        )),
  );
  if (!reference.requirePlatform.aliasCheck) checks.notRequired("ALIAS_CHECK");
  else
    await checks.check(
      "ALIAS_CHECK",
      report &&
        (() => demand((report.platformInfo & 0x20n) !== 0n, "bit 5 of the platform information", "not set")),
    );
  await optional("CHIP_NOT_ALLOWED", reference.chipIds, report?.chipId);
  await checks.check(
    "REPORT_DATA",
    report &&
      (() =>
        demand(
          equalBytes(report.reportData, expectedReportData),
          toHex(expectedReportData),
          toHex(report.reportData),
        )),
  );
}

function checkFloor(tcb: Tcb, minimum: Tcb | undefined): Outcome {
  if (minimum === undefined)
    return { expected: "a minimum for this product in the trust policy", actual: "none" };
  return demand(tcbAtLeast(tcb, minimum), `at least ${tcbText(minimum)}`, tcbText(tcb));
}
