import { equalBytes, toHex } from "@apoc/encoding";
import { type Checklist, demand, type Outcome } from "../checklist.ts";
import type { ReasonCode } from "../errors.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { TcbInfo, QeIdentity } from "./collateral.ts";
import { type PckExtension, readPckExtension } from "./pck-extension.ts";
import type { TdReport, TdxQuote } from "./quote.ts";
import type { TdxReferenceValues } from "./reference-values.ts";
import { converge, shortcomings, type TcbShortcomings, type TcbStatus } from "./tcb-status.ts";
import type { Documents } from "./signed-documents.ts";

type Level = TcbInfo["tcbLevels"][number];
type EnclaveLevel = QeIdentity["tcbLevels"][number];
type ModuleIdentity = TcbInfo["tdxModuleIdentities"][number];

/** What the TCB of a platform is worth. */
export interface TdxTcb {
  readonly status: TcbStatus;
  /** Ids of advisories of every level that the status comes from, sorted. */
  readonly advisories: readonly string[];
  /** The lesser `tcbEvaluationDataNumber` of TCB info and enclave identity. */
  readonly evaluationNumber: number;
  /** Lower-case hexadecimal. */
  readonly fmspc: string;
}

/** The checks FMSPC_MISMATCH to TCB_EVAL_NUMBER: the platform against what Intel says about it. */
export async function checkTcb(
  checks: Checklist,
  quote: TdxQuote | undefined,
  pck: Certificate | undefined,
  { tcbInfo, qeIdentity }: Documents,
  reference: TdxReferenceValues,
): Promise<TdxTcb | undefined> {
  let platform: PckExtension | undefined;
  await checks.check(
    "FMSPC_MISMATCH",
    pck &&
      tcbInfo &&
      (() => {
        platform = readPckExtension(pck);
        const same = equalBytes(platform.fmspc, tcbInfo.fmspc) && equalBytes(platform.pceId, tcbInfo.pceId);
        const text = (fmspc: Uint8Array, pceId: Uint8Array) => `FMSPC ${toHex(fmspc)}, PCEID ${toHex(pceId)}`;
        if (same) return undefined;
        return {
          expected: text(platform.fmspc, platform.pceId),
          actual: text(tcbInfo.fmspc, tcbInfo.pceId),
        };
      }),
  );
  await checks.check(
    "QE_IDENTITY_MISMATCH",
    quote && qeIdentity && (() => checkQeIdentity(quote, qeIdentity)),
  );
  const qeLevel = quote && qeIdentity && enclaveLevel(qeIdentity.tcbLevels, quote.qeReport.isvSvn);
  await checks.check(
    "QE_TCB_NOT_SUPPORTED",
    quote &&
      qeIdentity &&
      (() => demand(qeLevel !== undefined, "a known level", `ISVSVN ${quote.qeReport.isvSvn}`)),
  );
  const body = quote?.body;
  let module: ModuleIdentity | undefined;
  await checks.check(
    "TDX_MODULE_MISMATCH",
    body &&
      tcbInfo &&
      (() => {
        module = moduleIdentity(body.teeTcbSvn, tcbInfo);
        return checkModule(body, tcbInfo, module);
      }),
  );
  const levels =
    body && tcbInfo && platform ? findLevels(body.teeTcbSvn, tcbInfo, platform, module) : undefined;
  await checks.check(
    "TCB_NOT_SUPPORTED",
    body &&
      tcbInfo &&
      platform &&
      (() =>
        levels === undefined
          ? {
              expected: "a known level",
              actual: `TEE_TCB_SVN ${toHex(body.teeTcbSvn)}, ${describe(platform!)}`,
            }
          : undefined),
  );
  let tcb: TdxTcb | undefined;
  if (body && tcbInfo && qeIdentity && platform && levels && qeLevel) {
    const used = [levels.platform, ...(levels.module ? [levels.module] : []), qeLevel];
    tcb = {
      status: converge(judge(body, tcbInfo, levels, qeLevel)),
      advisories: [...new Set(used.flatMap(({ advisoryIDs }) => advisoryIDs))].sort(),
      evaluationNumber: Math.min(tcbInfo.tcbEvaluationDataNumber, qeIdentity.tcbEvaluationDataNumber),
      fmspc: toHex(platform.fmspc),
    };
  }
  // The check bears the status that it found; when none was found, the one that every policy hopes for.
  const code: ReasonCode = `STATUS_${tcb?.status ?? "UpToDate"}`;
  await checks.check(code, tcb && (() => checkStatus(tcb!, reference)));
  await checks.check(
    "TCB_EVAL_NUMBER",
    tcb &&
      (() =>
        demand(
          tcb!.evaluationNumber >= reference.minEvaluationNumber,
          `at least ${reference.minEvaluationNumber}`,
          String(tcb!.evaluationNumber),
        )),
  );
  return tcb;
}

function checkQeIdentity({ qeReport }: TdxQuote, identity: QeIdentity): Outcome {
  if (!equalBytes(qeReport.mrSigner, identity.mrsigner))
    return { expected: `MRSIGNER ${toHex(identity.mrsigner)}`, actual: toHex(qeReport.mrSigner) };
  if (qeReport.isvProdId !== identity.isvprodid)
    return { expected: `ISVPRODID ${identity.isvprodid}`, actual: String(qeReport.isvProdId) };
  const misc = masked(qeReport.miscSelect, identity.miscselectMask);
  if (!equalBytes(misc, masked(identity.miscselect, identity.miscselectMask)))
    return { expected: `MISCSELECT ${toHex(identity.miscselect)}`, actual: toHex(qeReport.miscSelect) };
  const attributes = masked(qeReport.attributes, identity.attributesMask);
  return demand(
    equalBytes(attributes, masked(identity.attributes, identity.attributesMask)),
    `ATTRIBUTES ${toHex(identity.attributes)}`,
    toHex(qeReport.attributes),
  );
}

/** The identity of a module with a major version; a module without one is judged by the levels of the platform. */
function moduleIdentity([, major = 0]: Uint8Array, tcbInfo: TcbInfo): ModuleIdentity | undefined {
  return major === 0 ? undefined : tcbInfo.tdxModuleIdentities.find(({ id }) => id === major);
}

function checkModule(body: TdReport, tcbInfo: TcbInfo, identity: ModuleIdentity | undefined): Outcome {
  const major = body.teeTcbSvn[1]!;
  if (major > 0 && identity === undefined)
    return { expected: `an identity TDX_${toHex(body.teeTcbSvn.subarray(1, 2))}`, actual: "none" };
  const { mrsigner, attributes, attributesMask } = identity ?? tcbInfo.tdxModule;
  if (!equalBytes(body.mrSignerSeam, mrsigner))
    return { expected: `MRSIGNERSEAM ${toHex(mrsigner)}`, actual: toHex(body.mrSignerSeam) };
  return demand(
    equalBytes(masked(body.seamAttributes, attributesMask), masked(attributes, attributesMask)),
    `SEAMATTRIBUTES ${toHex(attributes)}`,
    toHex(body.seamAttributes),
  );
}

interface Levels {
  /** First level whose SGX components and PCESVN are met. */
  readonly sgx: Level;
  /** First level whose TDX components are met too. */
  readonly platform: Level;
  /** Level of the module, if it has an identity. */
  readonly module: EnclaveLevel | undefined;
}

/** The levels that a platform reaches, or `undefined` when it reaches none. Components are compared one by one. */
function findLevels(
  teeTcbSvn: Uint8Array,
  tcbInfo: TcbInfo,
  { components, pceSvn }: PckExtension,
  module: ModuleIdentity | undefined,
): Levels | undefined {
  const major = teeTcbSvn[1]!;
  const reached = tcbInfo.tcbLevels.filter(
    ({ tcb }) =>
      tcb.sgxtcbcomponents.every((svn, index) => components[index]! >= svn) && pceSvn >= tcb.pcesvn,
  );
  // The first two components are version numbers of the module, which its identity judges when it has a major version.
  const skipped = major > 0 ? 2 : 0;
  const platform = reached.find(({ tcb }) =>
    tcb.tdxtcbcomponents.every((svn, index) => index < skipped || teeTcbSvn[index]! >= svn),
  );
  const moduleLevel = module && enclaveLevel(module.tcbLevels, teeTcbSvn[0]!);
  const sgx = reached[0];
  if (sgx === undefined || platform === undefined || (major > 0 && moduleLevel === undefined))
    return undefined;
  return { sgx, platform, module: moduleLevel };
}

/** First level that a security version reaches. */
function enclaveLevel(levels: readonly EnclaveLevel[], svn: number): EnclaveLevel | undefined {
  return levels.find(({ tcb }) => svn >= tcb.isvsvn);
}

/** What platform, module and quoting enclave lack. */
function judge(body: TdReport, tcbInfo: TcbInfo, levels: Levels, qe: EnclaveLevel): TcbShortcomings[] {
  const parts = [levels.platform, ...(levels.module ? [levels.module] : []), qe];
  const lacking = parts.map(({ tcbStatus }) => shortcomings(tcbStatus));
  if (!relaunchHelps(body, tcbInfo, levels, qe)) return lacking;
  // Everything is current but the module that started the guest: what is out of date is the launch.
  return lacking.map((part) => ({ ...part, relaunch: part.relaunch || part.outOfDate, outOfDate: false }));
}

/**
 * Whether the guest was started by an out-of-date module and runs on a current one (TD preserving update): Intel's
 * condition for TDRelaunchAdvised. Only a TD report 1.5 tells what runs now.
 */
function relaunchHelps(body: TdReport, tcbInfo: TcbInfo, levels: Levels, qe: EnclaveLevel): boolean {
  const now = body.teeTcbSvn2;
  if (now === undefined || levels.module?.tcbStatus !== "OutOfDate") return false;
  const elsewhere = [levels.sgx.tcbStatus, qe.tcbStatus].map(shortcomings);
  if (elsewhere.some(({ outOfDate, revoked }) => outOfDate || revoked)) return false;
  const latest = tcbInfo.tcbLevels[0]!.tcb.tdxtcbcomponents;
  const least = now[1] === 0 ? latest[0] : moduleIdentity(now, tcbInfo)?.tcbLevels[0]?.tcb.isvsvn;
  return least !== undefined && now[0]! >= least && now[2]! >= latest[2]!;
}

function checkStatus({ status, advisories }: TdxTcb, reference: TdxReferenceValues): Outcome {
  if (!reference.statuses.includes(status))
    return { expected: reference.statuses.join(", ") || "no status at all", actual: status };
  const { allowedAdvisories } = reference;
  if (status === "UpToDate" || allowedAdvisories === null) return undefined;
  const other = advisories.filter((id) => !allowedAdvisories.includes(id));
  return demand(
    other.length === 0,
    `advisories: ${allowedAdvisories.join(", ") || "none"}`,
    other.join(", "),
  );
}

function describe({ components, pceSvn }: PckExtension): string {
  return `SGX components ${components.join(" ")}, PCESVN ${pceSvn}`;
}

function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte & (mask[index] ?? 0xff));
}
