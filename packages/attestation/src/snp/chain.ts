import { equalBytes } from "@apoc/encoding";
import { type Checklist, demand, type Outcome } from "../checklist.ts";
import type { VerificationKey } from "../signature/verification-key.ts";
import { authorityOf, type Certificate, fingerprintOf, parseCertificate } from "../x509/certificate.ts";
import { importPssKey, isPssSha384, verifyPss } from "../x509/pss.ts";
import { importP384Key } from "../x509/ecdsa.ts";
import { productOfCpuid } from "./product.ts";
import type { SnpReferenceValues } from "./reference-values.ts";
import type { SnpReport } from "./report.ts";
import { developmentUnit, type SnpRoot } from "./root.ts";
import { toTime } from "../time.ts";

/** DER certificates that endorse a report: VCEK or VLEK, its ASK or ASVK, and the ARK. */
export interface SnpCertificates {
  readonly vek: Uint8Array;
  readonly intermediate: Uint8Array;
  readonly root: Uint8Array;
}

/** A chain whose every signature holds up to an accepted root. */
export interface VerifiedChain {
  readonly vek: Certificate;
  readonly intermediate: Certificate;
  readonly root: Certificate;
  readonly trust: SnpRoot;
  readonly rootKey: VerificationKey;
  readonly vekKey: VerificationKey;
}

/** What is known of the chain when its checks are over. */
export interface ChainVerdict {
  readonly verified: VerifiedChain | undefined;
  /** The accepted root that the chain names, even when a later check failed. */
  readonly trust: SnpRoot | undefined;
  /** First moment at which a certificate of the chain is no longer valid; also when a check failed. */
  readonly notAfter: Date | undefined;
}

/** The checks CERT_PARSE to CERT_SIGNATURE. A code covers all certificates before the next code is looked at. */
export async function checkChain(
  checks: Checklist,
  certificates: SnpCertificates,
  report: SnpReport | undefined,
  kind: "vcek" | "vlek" | undefined,
  reference: SnpReferenceValues,
  at: Date,
): Promise<ChainVerdict> {
  let parsed: Record<keyof SnpCertificates, Certificate> | undefined;
  await checks.check("CERT_PARSE", () => {
    parsed = {
      vek: parseCertificate(certificates.vek),
      intermediate: parseCertificate(certificates.intermediate),
      root: parseCertificate(certificates.root),
    };
    return undefined;
  });
  // The root is judged by its bytes alone, so that an unknown root is named even if the chain does not parse.
  const fingerprint = fingerprintOf(certificates.root);
  const trust = reference.roots.find((root) => root.sha256 === fingerprint);
  await checks.check("ROOT_UNTRUSTED", () =>
    demand(trust !== undefined, "a root that the trust policy accepts", `sha256 ${fingerprint}`),
  );
  await checks.check("PRODUCT_MISMATCH", report && trust && (() => checkProduct(report, trust, reference)));

  const chain = parsed && Object.values(parsed);
  const { vek, intermediate, root } = parsed ?? {};
  await checks.check("CERT_ALG", chain && (() => every(chain, checkAlgorithm)));
  await checks.check(
    "CERT_NOT_YET_VALID",
    chain &&
      (() =>
        every(chain, (c) =>
          demand(c.notBefore <= at, `valid at ${toTime(at)}`, `valid from ${toTime(c.notBefore)}`),
        )),
  );
  await checks.check(
    "CERT_EXPIRED",
    chain &&
      (() =>
        every(chain, (c) =>
          demand(at <= c.notAfter, `valid at ${toTime(at)}`, `valid until ${toTime(c.notAfter)}`),
        )),
  );
  await checks.check("CA_FLAG", parsed && (() => checkAuthority(parsed!)));
  await checks.check("CERT_NAME", parsed && trust && kind && (() => checkNames(parsed!, trust, kind)));
  await checks.check(
    "CERT_ISSUER",
    vek &&
      intermediate &&
      root &&
      (() => checkIssuer(root, root) ?? checkIssuer(intermediate, root) ?? checkIssuer(vek, intermediate)),
  );
  let keys: ChainKeys | undefined;
  await checks.check(
    "CERT_KEY",
    parsed &&
      (async () => {
        const finding = checkKeys(parsed!);
        if (finding === undefined) keys = await importKeys(parsed!);
        return finding;
      }),
  );
  let verified: VerifiedChain | undefined;
  const ready = keys && parsed ? { keys, parsed } : undefined;
  await checks.check(
    "CERT_SIGNATURE",
    ready &&
      (async () => {
        const finding = await checkSignatures(ready.parsed, ready.keys);
        if (finding === undefined && trust !== undefined) {
          verified = { ...ready.parsed, trust, rootKey: ready.keys.root, vekKey: ready.keys.vek };
        }
        return finding;
      }),
  );
  const notAfter = chain && new Date(Math.min(...chain.map((certificate) => certificate.notAfter.getTime())));
  return { verified, trust, notAfter };
}

type ChainKeys = Record<keyof SnpCertificates, VerificationKey>;

/** Rejects when a key is not what it claims to be, such as a point that is not on the curve. */
async function importKeys({
  vek,
  intermediate,
  root,
}: Record<keyof SnpCertificates, Certificate>): Promise<ChainKeys> {
  if (vek.key.type !== "p384") throw new TypeError("not a P-384 key");
  const [rootKey, intermediateKey, vekKey] = await Promise.all([
    importPssKey(root.spki),
    importPssKey(intermediate.spki),
    importP384Key(vek.key.point),
  ]);
  return { root: rootKey, intermediate: intermediateKey, vek: vekKey };
}

async function checkSignatures(
  chain: Record<keyof SnpCertificates, Certificate>,
  keys: ChainKeys,
): Promise<Outcome> {
  const { vek, intermediate, root } = chain;
  const holds = await Promise.all([
    verifyPss(keys.root, root.signature, root.signed),
    verifyPss(keys.root, intermediate.signature, intermediate.signed),
    verifyPss(keys.intermediate, vek.signature, vek.signed),
  ]);
  const broken = [root, intermediate, vek].filter((_, index) => holds[index] !== true);
  const actual = `broken: ${broken.map(({ subject }) => subject.commonName).join(", ")}`;
  return demand(broken.length === 0, "signatures that hold", actual);
}

function every(chain: readonly Certificate[], check: (certificate: Certificate) => Outcome): Outcome {
  for (const certificate of chain) {
    const finding = check(certificate);
    if (finding) return { ...finding, actual: `${certificate.subject.commonName}: ${finding.actual}` };
  }
  return undefined;
}

function checkProduct(report: SnpReport, trust: SnpRoot, reference: SnpReferenceValues): Outcome {
  if (!reference.products.includes(trust.product)) {
    return { expected: reference.products.join(", ") || "no product at all", actual: trust.product };
  }
  // A version 2 report has no CPUID: the certificate's extension is all there is (VEK_EXT).
  if (report.cpuid === undefined) return undefined;
  const { family, model } = report.cpuid;
  const actual = `${productOfCpuid(report.cpuid) ?? "unknown"} (family ${family}, model ${model})`;
  return demand(productOfCpuid(report.cpuid) === trust.product, trust.product, actual);
}

function checkAlgorithm(certificate: Certificate): Outcome {
  return demand(
    certificate.algorithmsAgree && isPssSha384(certificate.algorithm),
    "RSASSA-PSS with SHA-384, MGF1-SHA-384 and salt 48, inside and outside",
    "another signature algorithm",
  );
}

function checkAuthority({ vek, intermediate, root }: Record<keyof SnpCertificates, Certificate>): Outcome {
  const [ark, ask, leaf] = [root, intermediate, vek].map(authorityOf) as [A, A, A];
  if (!ark.isAuthority || !ark.mayCertify || ark.pathLength === 0) {
    return { expected: "a root that may certify an intermediate", actual: root.subject.commonName };
  }
  if (!ask.isAuthority || !ask.mayCertify) {
    return { expected: "an intermediate that may certify", actual: intermediate.subject.commonName };
  }
  return demand(
    !leaf.isAuthority && !leaf.mayCertify,
    "an endorsement key that is no authority",
    vek.subject.commonName,
  );
}
type A = ReturnType<typeof authorityOf>;

function checkNames(
  chain: Record<keyof SnpCertificates, Certificate>,
  trust: SnpRoot,
  kind: "vcek" | "vlek",
): Outcome {
  const expected = {
    root: trust.names.ark,
    intermediate: kind === "vcek" ? trust.names.ask : trust.names.asvk,
    vek: kind === "vcek" ? "SEV-VCEK" : "SEV-VLEK",
  };
  for (const place of ["root", "intermediate", "vek"] as const) {
    const { commonName, unit } = chain[place].subject;
    if (commonName !== expected[place])
      return { expected: `CN=${expected[place]}`, actual: `CN=${commonName}` };
    // Told apart in both directions: a development chain cannot pose as AMD's, nor AMD's be listed as one.
    if (trust.development !== (unit === developmentUnit)) {
      return { expected: trust.development ? `OU=${developmentUnit}` : "another OU", actual: `OU=${unit}` };
    }
  }
  return undefined;
}

function checkIssuer(certificate: Certificate, parent: Certificate): Outcome {
  return demand(
    equalBytes(certificate.issuer.raw, parent.subject.raw),
    `issued by CN=${parent.subject.commonName}`,
    `issued by CN=${certificate.issuer.commonName}`,
  );
}

function checkKeys({ vek, intermediate, root }: Record<keyof SnpCertificates, Certificate>): Outcome {
  for (const { key, subject } of [root, intermediate]) {
    if (key.type !== "rsa" || key.bits !== 4096 || key.exponent !== 65_537) {
      return { expected: "RSA-4096 with exponent 65537", actual: `${subject.commonName}: another key` };
    }
  }
  return demand(vek.key.type === "p384", "a P-384 endorsement key", "another key");
}
