import type { Evidence } from "../evidence.ts";
import { readReport } from "../snp/report.ts";
import { parseRevocationList } from "../x509/revocation-list.ts";
import type { AmdKds } from "./amd-kds.ts";

/** Evidence of a kind that an AMD root endorses. */
export type EndorsedByAmd = Pick<
  Extract<Evidence, { certificates: unknown }>,
  "report" | "certificates" | "crl"
>;

/**
 * Adds the revocation list that the attester left out, or that has run out by the moment of evaluation. Evidence under
 * a root that is not pinned is given back as it is: its verification says so. Throws the errors of
 * `AmdKds.revocationList`: a list that cannot be had is no reason to do without.
 */
export async function completeRevocation<E extends EndorsedByAmd>(
  evidence: E,
  kds: AmdKds,
  at: Date,
): Promise<E> {
  if (isCurrent(evidence.crl, at)) return evidence;
  const product = kds.productOf(evidence.certificates.root);
  const signer = readReport(evidence.report)?.signerInfo.signingKey;
  if (product === undefined || (signer !== 0 && signer !== 1)) return evidence;
  const kind = signer === 0 ? "vcek" : "vlek";
  const crl = await kds.revocationList(product, kind, at, evidence.certificates.root);
  return { ...evidence, crl };
}

function isCurrent(crl: Uint8Array | undefined, at: Date): boolean {
  if (crl === undefined) return false;
  try {
    const { thisUpdate, nextUpdate } = parseRevocationList(crl);
    return thisUpdate <= at && at <= nextUpdate;
  } catch {
    return false;
  }
}
