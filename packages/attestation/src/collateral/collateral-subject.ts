import { toHex } from "@apoc/encoding";
import { readHclReport } from "../azure/hcl-report.ts";
import type { Evidence } from "../evidence.ts";
import type { Product } from "../snp/product.ts";
import { readReport } from "../snp/report.ts";
import { parseDocument, readWindow } from "../tdx/collateral.ts";
import { readPckExtension } from "../tdx/pck-extension.ts";
import { readQuote } from "../tdx/quote.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { parseRevocationList } from "../x509/revocation-list.ts";
import type { AmdKds, VekKind } from "./amd-kds.ts";
import type { IntelPcs } from "./intel-pcs.ts";

/** Services that collateral comes from. */
export interface CollateralServices {
  readonly kds: AmdKds;
  readonly pcs: IntelPcs;
}

/** The machines that some collateral is about. */
export type CollateralSubject =
  | {
      readonly maker: "amd";
      readonly product: Product;
      /** The keys of chips and of clouds have lists of their own. */
      readonly kind: VekKind;
      /** DER; fetched as well by default. */
      readonly root?: Uint8Array;
    }
  | {
      readonly maker: "intel";
      /** Family of the platform, 12 digits of lower-case hexadecimal. */
      readonly fmspc: string;
      /** Which of the two authorities certified the platform. */
      readonly authority: "platform" | "processor";
    };

/**
 * What evidence has to be judged by. Nothing is proven here: a lie gets collateral that does not fit. `undefined` for
 * evidence that names no pinned root of AMD, or is damaged.
 */
export function collateralSubject(evidence: Evidence, kds: AmdKds): CollateralSubject | undefined {
  if (!("certificates" in evidence)) return quoteSubject(evidence.quote);
  const signer = readReport(reportOf(evidence))?.signerInfo.signingKey;
  const { root } = evidence.certificates;
  const product = kds.productOf(root);
  if (product === undefined || (signer !== 0 && signer !== 1)) return undefined;
  return { maker: "amd", product, kind: signer === 0 ? "vcek" : "vlek", root };
}

/** The platform that the PCK certificate of a quote names; `undefined` for bytes that hold none. */
export function quoteSubject(quote: Uint8Array): Extract<CollateralSubject, { maker: "intel" }> | undefined {
  return attempt(() => {
    const pck = parseCertificate(readQuote(quote).certificates[0]);
    const authority = pck.issuer.commonName === "Intel SGX PCK Processor CA" ? "processor" : "platform";
    return { maker: "intel", fmspc: toHex(readPckExtension(pck).fmspc), authority };
  });
}

/** One list or document that the services have given. */
export interface FetchedCollateral {
  /** What it is: `revocation list of AMD Genoa, VCEK`. */
  readonly name: string;
  /** When it counts, both moments included. */
  readonly from: Date;
  readonly until: Date;
}

/**
 * Fetches what a machine is judged by, all of it, so that the cache of the services can do without them afterwards.
 * Throws the errors of `CollateralStore.obtain`.
 *
 * @param at moment that all must be valid at
 */
export async function fetchCollateral(
  subject: CollateralSubject,
  { kds, pcs }: CollateralServices,
  at: Date,
): Promise<FetchedCollateral[]> {
  if (subject.maker === "amd") {
    const { product, kind, root } = subject;
    const list = await kds.revocationList(product, kind, at, root);
    return [listed(`revocation list of AMD ${product}, ${kind.toUpperCase()}`, list)];
  }
  const { fmspc, authority } = subject;
  const found = await pcs.collateral(fmspc, authority, at);
  const document = (name: string, text: string): FetchedCollateral => {
    const { issueDate, nextUpdate } = readWindow(parseDocument(text));
    return { name, from: new Date(issueDate), until: new Date(nextUpdate) };
  };
  return [
    listed("revocation list of Intel's root", found.rootCrl),
    listed(`revocation list of Intel's PCK ${authority} CA`, found.pckCrl),
    document(`TCB info of ${fmspc}`, found.tcbInfo.text),
    document("identity of the quoting enclave", found.qeIdentity.text),
  ];
}

function listed(name: string, bytes: Uint8Array): FetchedCollateral {
  const { thisUpdate, nextUpdate } = parseRevocationList(bytes);
  // Copies: what is parsed is remembered, and dates can be changed.
  return { name, from: new Date(thisUpdate), until: new Date(nextUpdate) };
}

function reportOf(evidence: Extract<Evidence, { certificates: unknown }>): Uint8Array {
  if (evidence.kind === "sev-snp") return evidence.report;
  return attempt(() => readHclReport(evidence.hclReport).teeReport) ?? new Uint8Array();
}

/** The result of a parser, or nothing where the bytes are not what it reads. */
export function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
