import { toHex } from "@apoc/encoding";
import { Checklist, demand } from "../checklist.ts";
import { checkReferenceValues } from "./appraisal.ts";
import { type ChainVerdict, checkChain } from "./chain.ts";
import type { TdxCollateral } from "./collateral.ts";
import { checkQuoteSignatures } from "./qe.ts";
import type { TdxReferenceValues } from "./reference-values.ts";
import { checkRevocation } from "./revocation.ts";
import { checkDocuments, readSignerChains, signersOf } from "./signed-documents.ts";
import { checkStructure } from "./structure.ts";
import { checkTcb, type TdxTcb } from "./tcb.ts";
import type { TdxQuote } from "./quote.ts";

/** A quote with what it is judged by. */
export interface TdxEvidence {
  readonly quote: Uint8Array;
  readonly collateral?: TdxCollateral | undefined;
  /** CCEL event log; needed when the policy names events. */
  readonly eventLog?: Uint8Array | undefined;
}

/** What the checks found. The facts are those of the quote and are proven only if `checks.affirming`. */
export interface TdxVerdict {
  readonly checks: Checklist;
  readonly development: boolean;
  readonly quoteVersion: number | undefined;
  /** MRTD, lower-case hexadecimal. */
  readonly measurement: string | undefined;
  /** RTMR0 to RTMR3, lower-case hexadecimal. */
  readonly rtmrs: readonly string[] | undefined;
  readonly tcb: TdxTcb | undefined;
  /** Earliest end of a certificate, a revocation list or a document of Intel. */
  readonly expiresAt: Date | undefined;
}

/** Names of the checks that need collateral, in order, but for the status, which bears its own. */
const collateralChecks = [
  "TDX_COLLATERAL",
  "ROOT_CRL_STALE",
  "PCK_CRL_STALE",
  "ROOT_CRL_INVALID",
  "PCK_CRL_INVALID",
  "CRL_PARSE",
  "PCK_CA_REVOKED",
  "PCK_REVOKED",
  "TCB_SIGNER_REVOKED",
  "TCB_SIGNER_NAME",
  "TCB_SIGNER_CHAIN",
  "TCB_INFO_SIGNATURE",
  "QE_IDENTITY_SIGNATURE",
  "TCB_INFO_STALE",
  "QE_IDENTITY_STALE",
  "TCB_INFO_ID",
  "QE_IDENTITY_ID",
  "FMSPC_MISMATCH",
  "QE_IDENTITY_MISMATCH",
  "QE_TCB_NOT_SUPPORTED",
  "TDX_MODULE_MISMATCH",
  "TCB_NOT_SUPPORTED",
  "STATUS_UpToDate",
  "TCB_EVAL_NUMBER",
] as const;

/**
 * All checks of a TDX quote in the order of docs/spec/evidence.md. Never rejects: whatever the bytes are, each check
 * ends with a verdict of its own.
 *
 * @param expectedReportData the 64 bytes that the quote must bind
 * @param at moment of the evaluation; certificates, lists and documents must be valid at it
 * @param checks list to continue; an empty one unless given
 */
export async function verifyTdx(
  evidence: TdxEvidence,
  reference: TdxReferenceValues,
  expectedReportData: Uint8Array,
  at: Date,
  checks: Checklist = new Checklist(),
): Promise<TdxVerdict> {
  const parsed = await checkStructure(checks, evidence.quote, reference);
  const { quote, certificates } = parsed ?? {};
  const chain = await checkChain(checks, quote, certificates, reference, at);
  await checkQuoteSignatures(checks, quote, chain.keys);
  const { trust } = chain;
  let judged: { readonly tcb: TdxTcb | undefined; readonly ends: readonly Date[] } | undefined;
  if (trust?.collateral === "none") for (const name of collateralChecks) checks.notRequired(name);
  else judged = await checkCollateral(checks, evidence.collateral, quote, chain, reference, at);
  await checkReferenceValues(checks, quote?.body, evidence.eventLog, reference, expectedReportData);
  await checks.check(
    "DEV_ROOT",
    trust &&
      (() =>
        demand(!trust.development || reference.development, "the root of a real TEE", "a development root")),
  );
  const ends = [chain.notAfter, ...(judged?.ends ?? [])].flatMap((date) => (date ? [date.getTime()] : []));
  return {
    checks,
    development: trust?.development ?? false,
    quoteVersion: quote?.header.version,
    measurement: quote && toHex(quote.body.mrTd),
    rtmrs: quote?.body.rtmrs.map(toHex),
    tcb: judged?.tcb,
    expiresAt: ends.length === 0 ? undefined : new Date(Math.min(...ends)),
  };
}

async function checkCollateral(
  checks: Checklist,
  collateral: TdxCollateral | undefined,
  quote: TdxQuote | undefined,
  verdict: ChainVerdict,
  reference: TdxReferenceValues,
  at: Date,
): Promise<{ tcb: TdxTcb | undefined; ends: Date[] }> {
  await checks.check("TDX_COLLATERAL", () => demand(collateral !== undefined, "collateral", "none"));
  const moment = { at, snapshot: reference.snapshot };
  const chains = readSignerChains(collateral, verdict.chain?.root);
  const lists = await checkRevocation(checks, collateral, verdict, signersOf(chains), moment);
  const documents = await checkDocuments(checks, collateral, chains, verdict, moment);
  const tcb = await checkTcb(checks, quote, verdict.chain?.pck, documents, reference);
  const fresh = [lists.root, lists.pck, ...documents.windows].map((each) => each?.nextUpdate);
  const ends = [
    ...(reference.snapshot === undefined ? fresh : [reference.snapshot.until]),
    ...(signersOf(chains) ?? []).map(({ notAfter }) => notAfter),
  ].filter((date) => date !== undefined);
  return { tcb, ends };
}
