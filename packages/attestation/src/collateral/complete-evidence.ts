import { readHclReport } from "../azure/hcl-report.ts";
import type { Evidence } from "../evidence.ts";
import { readReport } from "../snp/report.ts";
import { parseDocument, readWindow, type TdxCollateral } from "../tdx/collateral.ts";
import { readPckExtension } from "../tdx/pck-extension.ts";
import { readQuote } from "../tdx/quote.ts";
import { toHex } from "../encoding.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { parseRevocationList } from "../x509/revocation-list.ts";
import type { AmdKds } from "./amd-kds.ts";
import type { IntelPcs } from "./intel-pcs.ts";

/** Services that collateral comes from. */
export interface CollateralServices {
  readonly kds: AmdKds;
  readonly pcs: IntelPcs;
}

/**
 * Adds collateral that the attester left out, or that is not valid at this moment: the revocation list of AMD's root,
 * or Intel's documents and lists. What is there and valid stays; evidence that names no pinned root, or is damaged,
 * is given back as it is, for its verification to refuse.
 * Throws the errors of `CollateralStore.obtain`: collateral that cannot be had is no reason to do without.
 *
 * @param at moment that collateral must be valid at: `collateralMoment` of the policy
 */
export async function completeEvidence<E extends Evidence>(
  evidence: E,
  { kds, pcs }: CollateralServices,
  at: Date,
): Promise<E> {
  if ("certificates" in evidence) {
    if (isCurrentList(evidence.crl, at)) return evidence;
    const signer = readReport(reportOf(evidence))?.signerInfo.signingKey;
    const product = kds.productOf(evidence.certificates.root);
    if (product === undefined || (signer !== 0 && signer !== 1)) return evidence;
    const kind = signer === 0 ? "vcek" : "vlek";
    return { ...evidence, crl: await kds.revocationList(product, kind, at, evidence.certificates.root) };
  }
  if (isCurrent(evidence.collateral, at)) return evidence;
  const collateral = await collateralForQuote(evidence.quote, pcs, at);
  return collateral === undefined ? evidence : { ...evidence, collateral };
}

/**
 * What a TDX quote is judged by, for the platform that its PCK certificate names; `undefined` for bytes that hold none.
 * Throws the errors of `CollateralStore.obtain`.
 */
export async function collateralForQuote(
  quote: Uint8Array,
  pcs: IntelPcs,
  at: Date,
): Promise<TdxCollateral | undefined> {
  const platform = platformOf(quote);
  return platform && pcs.collateral(platform.fmspc, platform.authority, at);
}

function reportOf(evidence: Extract<Evidence, { certificates: unknown }>): Uint8Array {
  if (evidence.kind === "sev-snp") return evidence.report;
  return attempt(() => readHclReport(evidence.hclReport).teeReport) ?? new Uint8Array();
}

/** What to ask for by the PCK certificate of a quote. Nothing is proven here: a lie gets collateral that does not fit. */
function platformOf(quote: Uint8Array): { fmspc: string; authority: "platform" | "processor" } | undefined {
  return attempt(() => {
    const pck = parseCertificate(readQuote(quote).certificates[0]);
    const authority = pck.issuer.commonName === "Intel SGX PCK Processor CA" ? "processor" : "platform";
    return { fmspc: toHex(readPckExtension(pck).fmspc), authority };
  });
}

function isCurrentList(crl: Uint8Array | undefined, at: Date): boolean {
  const list = crl && attempt(() => parseRevocationList(crl));
  return list !== undefined && covers(list.thisUpdate, list.nextUpdate, at);
}

function isCurrent(collateral: TdxCollateral | undefined, at: Date): boolean {
  if (collateral === undefined) return false;
  const documents = [collateral.tcbInfo, collateral.qeIdentity].every(({ text }) => {
    const window = attempt(() => readWindow(parseDocument(text)));
    return window !== undefined && covers(window.issueDate, window.nextUpdate, at);
  });
  return documents && isCurrentList(collateral.rootCrl, at) && isCurrentList(collateral.pckCrl, at);
}

function covers(from: Date, until: Date, at: Date): boolean {
  return from <= at && at <= until;
}

/** The result of a parser, or nothing where the bytes are not what it reads. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
