import { type ReasonCode } from "../errors.ts";
import {
  collateral,
  type Keys,
  makeAuthority,
  newKeys,
  now,
  qeIdentityValue,
  root,
  rootSha256,
  signedJson,
  tcbInfoValue,
} from "./tdx-platform.ts";
import { good, makeQuote, type QuoteOptions } from "./tdx-quote.ts";
import type { TdxCollateral } from "../tdx/collateral.ts";
import type { TdxReferenceValues } from "../tdx/reference-values.ts";
import { type TdxVerdict, verifyTdx } from "../tdx/verify.ts";

/** Reference values that a good quote meets; each list is what it has. */
export const reference: TdxReferenceValues = {
  roots: [{ sha256: rootSha256, development: true, collateral: "required" }],
  development: true,
  quoteVersions: [4, 5],
  statuses: ["UpToDate"],
  allowedAdvisories: [],
  minEvaluationNumber: 20,
  mrTd: [good.mrTd],
  rtmrs: [[good.rtmrs[0]!], [good.rtmrs[1]!], [good.rtmrs[2]!], [good.rtmrs[3]!]],
  events: [],
  mrConfigId: [good.mrConfigId],
  mrSeam: [good.mrSeam],
  allow: { debug: false, septVeEnabled: false, perfmon: false, serviceTd: false },
};

/** What differs from a good quote at a good moment. */
export interface Changes {
  readonly quote?: QuoteOptions;
  readonly bytes?: Uint8Array;
  readonly collateral?: Partial<TdxCollateral>;
  readonly reference?: Partial<TdxReferenceValues>;
  readonly at?: Date;
}

/** Verifies a good quote with changes. */
export async function verify(changes: Changes = {}): Promise<TdxVerdict> {
  return verifyTdx(
    { quote: changes.bytes ?? makeQuote(changes.quote), collateral: collateral(changes.collateral) },
    { ...reference, ...changes.reference },
    good.reportData,
    changes.at ?? now,
  );
}
/** `ACCEPT`, or the code of the first check that failed. */
export const codeOf = ({ checks }: TdxVerdict): string =>
  checks.affirming ? "ACCEPT" : (checks.firstFailure?.name ?? "INCOMPLETE");
/** Name, code and changes of a case. */
export type CodeCase = readonly [name: string, code: ReasonCode | "ACCEPT", changes: Changes];
/** Collateral with a TCB info that differs. */
export const tcbInfo = (changes: object): Partial<TdxCollateral> => ({
  tcbInfo: signedJson(tcbInfoValue(changes)),
});
/** Collateral with an enclave identity that differs. */
export const qeIdentity = (changes: object): Partial<TdxCollateral> => ({
  qeIdentity: signedJson(qeIdentityValue(changes)),
});
/** Keys that nobody certified. */
export const stranger: Keys = newKeys();
/** A quote with other certificates. */
export const chain = (pck: Uint8Array, authority = makeAuthority(), last = root): QuoteOptions => ({
  chain: [pck, authority, last],
});
