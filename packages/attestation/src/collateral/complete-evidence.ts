import type { Evidence } from "../evidence.ts";
import { parseDocument, readWindow, type TdxCollateral } from "../tdx/collateral.ts";
import { parseRevocationList } from "../x509/revocation-list.ts";
import { attempt, type CollateralServices, collateralSubject, quoteSubject } from "./collateral-subject.ts";
import type { IntelPcs } from "./intel-pcs.ts";

/**
 * Adds collateral that the attester left out, or that is not valid at this moment: the revocation list of AMD's root,
 * or Intel's documents and lists. What is there and valid stays; evidence that names no pinned root, or is damaged,
 * is given back as it is, for its verification to refuse.
 * Throws the errors of `CollateralStore.obtain`: evidence is not accepted without unavailable collateral.
 *
 * @param at moment that collateral must be valid at: `collateralMoment` of the policy
 */
export async function completeEvidence<E extends Evidence>(
  evidence: E,
  services: CollateralServices,
  at: Date,
): Promise<E> {
  if ("certificates" in evidence) {
    if (isCurrentList(evidence.crl, at)) return evidence;
    const subject = collateralSubject(evidence, services.kds);
    if (subject?.maker !== "amd") return evidence;
    const { product, kind, root } = subject;
    return { ...evidence, crl: await services.kds.revocationList(product, kind, at, root) };
  }
  if (isCurrent(evidence.collateral, at)) return evidence;
  const collateral = await collateralForQuote(evidence.quote, services.pcs, at);
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
  const platform = quoteSubject(quote);
  return platform && pcs.collateral(platform.fmspc, platform.authority, at);
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
