import { equalBytes, toHex } from "@apoc/encoding";
import { type Checklist, demand, listed } from "../checklist.ts";
import { replayEventLog } from "./event-log.ts";
import { checkEvents } from "./event-rules.ts";
import type { TdReport } from "./quote.ts";
import type { AcceptedDigests, TdxReferenceValues } from "./reference-values.ts";

/** Attributes of a TD (Intel TDX module ABI, TD_PARAMS.ATTRIBUTES). */
const attribute = {
  debug: 1n << 0n,
  septVeDisable: 1n << 28n,
  protectionKeys: 1n << 30n,
  keyLocker: 1n << 31n,
  perfmon: 1n << 63n,
} as const;
/** Attributes with a meaning that a policy can judge, or that do not weaken a guest. All others must be zero. */
const known = Object.values(attribute).reduce((all, bit) => all | bit, 0n);
const registers = [0, 1, 2, 3] as const;

/** The checks DEBUG to REPORT_DATA: the TD report against the trust policy. */
export async function checkReferenceValues(
  checks: Checklist,
  body: TdReport | undefined,
  eventLog: Uint8Array | undefined,
  reference: TdxReferenceValues,
  expectedReportData: Uint8Array,
): Promise<void> {
  const { allow } = reference;
  const has = (bit: bigint) => body !== undefined && (body.tdAttributes & bit) !== 0n;
  const off = (set: boolean, allowed: boolean) => body && (() => demand(!set || allowed, "off", "on"));
  await checks.check("DEBUG", off(has(attribute.debug), allow.debug));
  await checks.check(
    "TD_ATTRIBUTES_RESERVED",
    body &&
      (() => {
        const reserved = body.tdAttributes & ~known;
        return demand(reserved === 0n, "zero", `0x${reserved.toString(16)}`);
      }),
  );
  await checks.check(
    "SEPT_VE_DISABLE",
    body && (() => demand(has(attribute.septVeDisable) || allow.septVeEnabled, "set", "not set")),
  );
  await checks.check("PERFMON", off(has(attribute.perfmon), allow.perfmon));
  await checks.check(
    "SERVICE_TD",
    body &&
      (() => {
        const bound = body.mrServiceTd?.some((byte) => byte !== 0) === true;
        return demand(
          !bound || allow.serviceTd,
          "no service TD",
          toHex(body.mrServiceTd ?? new Uint8Array()),
        );
      }),
  );

  const named = async (name: "MRTD" | "MRCONFIGID" | "MRSEAM", list: AcceptedDigests, value?: Uint8Array) => {
    if (list === null) checks.notRequired(name);
    else await checks.check(name, value && (() => listed(list, value)));
  };
  await named("MRTD", reference.mrTd, body?.mrTd);
  for (const index of registers) {
    const list = reference.rtmrs[index];
    const rules = reference.events.filter(({ rtmr }) => rtmr === index);
    if (list === null && rules.length === 0) {
      checks.notRequired(`RTMR${index}`);
      continue;
    }
    await checks.check(
      `RTMR${index}`,
      body &&
        (() => {
          const value = body.rtmrs[index] ?? new Uint8Array();
          const finding = list === null ? undefined : listed(list, value);
          if (finding !== undefined || rules.length === 0) return finding;
          if (eventLog === undefined) return { expected: "an event log", actual: "none" };
          return checkEvents(replayEventLog(eventLog), index, value, rules);
        }),
    );
  }
  await named("MRCONFIGID", reference.mrConfigId, body?.mrConfigId);
  await named("MRSEAM", reference.mrSeam, body?.mrSeam);
  await checks.check(
    "REPORT_DATA",
    body &&
      (() =>
        equalBytes(body.reportData, expectedReportData)
          ? undefined
          : { expected: toHex(expectedReportData), actual: toHex(body.reportData) }),
  );
}
