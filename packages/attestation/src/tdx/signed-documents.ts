import { equalBytes } from "@apoc/encoding";
import { type Checklist, demand, type Outcome } from "../checklist.ts";
import type { VerificationKey } from "../signature/verification-key.ts";
import { authorityOf, type Certificate, parseCertificate } from "../x509/certificate.ts";
import { verifyEcdsaSha256 } from "../x509/ecdsa.ts";
import { type ChainVerdict, importCertified, isSignedBy } from "./chain.ts";
import {
  issuerChainLimit,
  type ParsedDocument,
  parseDocument,
  readQeIdentity,
  readTcbInfo,
  readWindow,
  type QeIdentity,
  type SignedJson,
  type TcbInfo,
  type TdxCollateral,
  type ValidityWindow,
} from "./collateral.ts";
import { checkWindow, type Moment } from "./window.ts";
import { toTime } from "../time.ts";

const signerName = "Intel SGX TCB Signing";
const encoder = new TextEncoder();

/** Issuer chains of both documents, parsed; `undefined` for one that cannot be read. */
export interface SignerChains {
  readonly tcbInfo: readonly Certificate[] | undefined;
  readonly qeIdentity: readonly Certificate[] | undefined;
}

/**
 * Reads the issuer chains. Both documents usually have the same one, which then is one object, and end at the root of
 * the quote, which has been read before.
 */
export function readSignerChains(
  collateral: TdxCollateral | undefined,
  root: Certificate | undefined,
): SignerChains {
  const tcbInfo = readChain(collateral?.tcbInfo.issuerChain, root);
  const other = collateral?.qeIdentity.issuerChain;
  const same =
    tcbInfo?.length === other?.length && tcbInfo?.every(({ raw }, index) => equalBytes(raw, other![index]!));
  return { tcbInfo, qeIdentity: same === true ? tcbInfo : readChain(other, root) };
}

/** The signers of the chains that could be read, if any; one that could not fails TCB_SIGNER_CHAIN. */
export function signersOf({ tcbInfo, qeIdentity }: SignerChains): readonly Certificate[] | undefined {
  const found = new Set([tcbInfo?.[0], qeIdentity?.[0]].filter((signer) => signer !== undefined));
  return found.size === 0 ? undefined : [...found];
}

/** Documents that have the form of what they should be, and the windows of those that have one. */
export interface Documents {
  readonly tcbInfo: TcbInfo | undefined;
  readonly qeIdentity: QeIdentity | undefined;
  readonly windows: readonly ValidityWindow[];
}

/** The checks TCB_SIGNER_NAME to QE_IDENTITY_ID. */
export async function checkDocuments(
  checks: Checklist,
  collateral: TdxCollateral | undefined,
  chains: SignerChains,
  verdict: ChainVerdict,
  moment: Moment,
): Promise<Documents> {
  const signers = signersOf(chains);
  await checks.check(
    "TCB_SIGNER_NAME",
    signers &&
      (() => {
        const other = signers.find(({ subject }) => subject.commonName !== signerName);
        return demand(other === undefined, `CN=${signerName}`, `CN=${other?.subject.commonName}`);
      }),
  );
  const keys = new Map<Certificate, VerificationKey>();
  const { chain, keys: pckKeys } = verdict;
  await checks.check(
    "TCB_SIGNER_CHAIN",
    collateral &&
      chain &&
      pckKeys &&
      (async () => {
        for (const list of new Set([chains.tcbInfo, chains.qeIdentity])) {
          if (list === undefined) return { expected: "issuer chains in DER", actual: "something else" };
          const finding = await checkSigner(list, chain.root, pckKeys.root, moment.at);
          if (finding !== undefined) return finding;
          keys.set(list[0]!, await importCertified(list[0]!));
        }
        return undefined;
      }),
  );
  const signature = (document: SignedJson | undefined, issuers: readonly Certificate[] | undefined) => {
    const key = issuers && keys.get(issuers[0]!);
    return document && key && (() => checkSignature(document, key));
  };
  await checks.check("TCB_INFO_SIGNATURE", signature(collateral?.tcbInfo, chains.tcbInfo));
  await checks.check("QE_IDENTITY_SIGNATURE", signature(collateral?.qeIdentity, chains.qeIdentity));

  const windows: ValidityWindow[] = [];
  const values = collateral && {
    tcbInfo: parseOnce(collateral.tcbInfo.text),
    qeIdentity: parseOnce(collateral.qeIdentity.text),
  };
  const window = (value: (() => ParsedDocument) | undefined) =>
    value &&
    (() => {
      const found = readWindow(value());
      windows.push(found);
      return checkWindow(found.issueDate, found.nextUpdate, moment);
    });
  await checks.check("TCB_INFO_STALE", window(values?.tcbInfo));
  await checks.check("QE_IDENTITY_STALE", window(values?.qeIdentity));
  let tcbInfo: TcbInfo | undefined;
  await checks.check(
    "TCB_INFO_ID",
    values &&
      (() => {
        tcbInfo = readTcbInfo(values.tcbInfo());
        return undefined;
      }),
  );
  let qeIdentity: QeIdentity | undefined;
  await checks.check(
    "QE_IDENTITY_ID",
    values &&
      (() => {
        qeIdentity = readQeIdentity(values.qeIdentity());
        return undefined;
      }),
  );
  return { tcbInfo, qeIdentity, windows };
}

/** A document, which several checks look at. One that cannot be parsed throws each time. */
function parseOnce(text: string): () => ParsedDocument {
  let parsed: ParsedDocument | undefined;
  return () => (parsed ??= parseDocument(text));
}

function readChain(
  list: readonly Uint8Array[] | undefined,
  root: Certificate | undefined,
): readonly Certificate[] | undefined {
  if (list === undefined || list.length === 0 || list.length > issuerChainLimit) return undefined;
  try {
    return list.map((bytes) => (root && equalBytes(bytes, root.raw) ? root : parseCertificate(bytes)));
  } catch {
    return undefined;
  }
}

/** A signer and the root that the quote's chain ends at, nothing else. */
async function checkSigner(
  [signer, root, ...more]: readonly Certificate[],
  trusted: Certificate,
  key: VerificationKey,
  at: Date,
): Promise<Outcome> {
  const expected = "a signer that the root certifies";
  if (signer === undefined || root === undefined || more.length > 0 || !equalBytes(root.raw, trusted.raw))
    return { expected: `${expected}, and the root`, actual: "another chain" };
  if (!(signer.notBefore <= at && at <= signer.notAfter))
    return { expected, actual: `one valid ${toTime(signer.notBefore)} to ${toTime(signer.notAfter)}` };
  const { isAuthority, mayCertify, maySign = true } = authorityOf(signer);
  if (isAuthority || mayCertify || !maySign) return { expected, actual: "an authority, or no signer" };
  const holds = equalBytes(signer.issuer.raw, root.subject.raw) && (await isSignedBy(signer, key));
  return demand(holds, expected, "one that it does not certify");
}

async function checkSignature({ text, signature }: SignedJson, key: VerificationKey): Promise<Outcome> {
  // A lone surrogate has no bytes of its own: two texts would share a signature.
  const holds =
    text.isWellFormed() && (await verifyEcdsaSha256(key, Uint8Array.from(signature), encoder.encode(text)));
  return demand(holds, "a signature of the signer", "a signature that does not hold");
}
