import "reflect-metadata";
import { writePem } from "@apoc/encoding";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

/** Key and certificate of the API's TLS endpoint, PEM, as `node:tls` takes them. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  /** SubjectPublicKeyInfo, DER: what the evidence binds. */
  readonly spki: Uint8Array;
}

const validDays = 397;

/**
 * Makes a fresh P-256 key with a self-signed certificate. Nobody vouches for the certificate: clients compare its key
 * with the attested one (docs/spec/evidence.md). It lives in memory only and is new at each start.
 */
export async function createTlsIdentity(hosts: readonly string[], now = new Date()): Promise<TlsIdentity> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const names = hosts.map((value) => ({ type: isIp(value) ? ("ip" as const) : ("dns" as const), value }));
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=apoc provider",
    notBefore: new Date(now.getTime() - 3_600_000),
    notAfter: new Date(now.getTime() + validDays * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new SubjectAlternativeNameExtension(names)],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    key: writePem("PRIVATE KEY", pkcs8),
    cert: certificate.toString("pem"),
    spki: new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)),
  };
}

function isIp(host: string): boolean {
  return /^[0-9.]+$/.test(host) || host.includes(":");
}
