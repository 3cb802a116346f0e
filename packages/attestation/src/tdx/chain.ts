import { equalBytes } from "@apoc/encoding";
import { type Checklist, demand, type Outcome } from "../checklist.ts";
import type { VerificationKey } from "../signature/verification-key.ts";
import { authorityOf, type Certificate, fingerprintOf, parseCertificate } from "../x509/certificate.ts";
import { importP256Key, isEcdsaSha256, readEcdsaSignature, verifyEcdsaSha256 } from "../x509/ecdsa.ts";
import type { RevocationList } from "../x509/revocation-list.ts";
import type { TdxQuote } from "./quote.ts";
import type { TdxReferenceValues } from "./reference-values.ts";
import type { TdxRoot } from "./root.ts";
import { toTime } from "../time.ts";

const pckName = "Intel SGX PCK Certificate";
const authorityNames: readonly string[] = ["Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"];

/** The certificates of a quote, parsed. */
export interface PckChain {
  readonly pck: Certificate;
  readonly authority: Certificate;
  readonly root: Certificate;
}

/** Keys of a chain, imported for verification. */
export type ChainKeys = { readonly [Place in keyof PckChain]: VerificationKey };

/** What is known of the chain when its checks are over. */
export interface ChainVerdict {
  readonly chain: PckChain | undefined;
  /** The accepted root at the end of the chain, even when a later check failed. */
  readonly trust: TdxRoot | undefined;
  /** Present when every signature of the chain holds. */
  readonly keys: ChainKeys | undefined;
  /** First moment at which a certificate of the chain is no longer valid. */
  readonly notAfter: Date | undefined;
}

/** Parses the certificates of a quote. Throws `DerError`. */
export function parseChain({ certificates: [pck, authority, root] }: TdxQuote): PckChain {
  return { pck: parseCertificate(pck), authority: parseCertificate(authority), root: parseCertificate(root) };
}

/** The checks ROOT_UNTRUSTED to CERT_NAME. A code covers the whole chain before the next code is looked at. */
export async function checkChain(
  checks: Checklist,
  quote: TdxQuote | undefined,
  chain: PckChain | undefined,
  reference: TdxReferenceValues,
  at: Date,
): Promise<ChainVerdict> {
  const root = quote?.certificates[2];
  const fingerprint = root && fingerprintOf(root);
  const trust = reference.roots.find((candidate) => candidate.sha256 === fingerprint);
  await checks.check(
    "ROOT_UNTRUSTED",
    root &&
      (() => demand(trust !== undefined, "a root that the trust policy accepts", `sha256 ${fingerprint}`)),
  );
  const all = chain && [chain.root, chain.authority, chain.pck];
  await checks.check(
    "PCK_EXPIRED",
    all &&
      (() => {
        const ended = all.find(({ notBefore, notAfter }) => !(notBefore <= at && at <= notAfter));
        return (
          ended && {
            expected: `certificates valid at ${toTime(at)}`,
            actual: `${ended.subject.commonName}: ${toTime(ended.notBefore)} to ${toTime(ended.notAfter)}`,
          }
        );
      }),
  );
  await checks.check("CA_FLAG", chain && (() => checkAuthority(chain)));
  let keys: ChainKeys | undefined;
  await checks.check(
    "PCK_SIGNATURE",
    chain &&
      (async () => {
        const [rootKey, authorityKey, pckKey] = await Promise.all([
          importCertified(chain.root),
          importCertified(chain.authority),
          importCertified(chain.pck),
        ]);
        const [first, second] = await Promise.all([
          isSignedBy(chain.authority, rootKey),
          isSignedBy(chain.pck, authorityKey),
        ]);
        if (first && second) keys = { root: rootKey, authority: authorityKey, pck: pckKey };
        const broken = first ? chain.pck : chain.authority;
        return demand(first && second, "signatures that hold", `broken: ${broken.subject.commonName}`);
      }),
  );
  await checks.check("CERT_NAME", chain && (() => checkNames(chain)));
  const notAfter = all && new Date(Math.min(...all.map((certificate) => certificate.notAfter.getTime())));
  return { chain, trust, keys, notAfter };
}

/** Key of a certificate. Rejects one that is not P-256, or whose point is not on the curve. */
export async function importCertified({ key, subject }: Certificate): Promise<VerificationKey> {
  if (key.type !== "p256") throw new TypeError(`${subject.commonName}: not a P-256 key`);
  return importP256Key(key.point);
}

/** Whether the ECDSA P-256 SHA-256 signature of a certificate or revocation list holds. Throws `DerError`. */
export async function isSignedBy(
  { algorithm, algorithmsAgree, signature, signed }: Certificate | RevocationList,
  key: VerificationKey,
): Promise<boolean> {
  return (
    algorithmsAgree &&
    isEcdsaSha256(algorithm) &&
    (await verifyEcdsaSha256(key, readEcdsaSignature(signature), signed))
  );
}

function checkAuthority({ pck, authority, root }: PckChain): Outcome {
  for (const [certificate, below] of [
    [root, 1],
    [authority, 0],
  ] as const) {
    const { isAuthority, mayCertify, pathLength = below } = authorityOf(certificate);
    if (!isAuthority || !mayCertify || pathLength < below)
      return { expected: "an authority that may certify", actual: certificate.subject.commonName };
  }
  const { isAuthority, mayCertify, maySign = true } = authorityOf(pck);
  return demand(
    !isAuthority && !mayCertify && maySign,
    "a PCK that is no authority and may sign",
    pck.subject.commonName,
  );
}

/** The root is known by its fingerprint; what it is called does not matter. */
function checkNames({ pck, authority, root }: PckChain): Outcome {
  const found = `CN=${pck.subject.commonName} of CN=${authority.subject.commonName}`;
  if (pck.subject.commonName !== pckName || !authorityNames.includes(authority.subject.commonName))
    return { expected: `CN=${pckName} of CN=${authorityNames.join(" or ")}`, actual: found };
  const linked =
    equalBytes(pck.issuer.raw, authority.subject.raw) && equalBytes(authority.issuer.raw, root.subject.raw);
  return demand(linked, "issuers that are the subjects of the next certificates", found);
}
