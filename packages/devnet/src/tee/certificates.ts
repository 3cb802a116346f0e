import "reflect-metadata";
import { amdTcbArcs, developmentNames, developmentUnit } from "@apoc/attestation";
import {
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";

const pss = { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 } as const;
const day = 86_400_000;
/** Development certificates live 30 days. */
export const lifetimeDays = 30;

/** Keys of a development chain, as WebCrypto holds them. */
export interface ChainKeys {
  readonly ark: CryptoKeyPair;
  readonly ask: CryptoKeyPair;
  readonly vek: CryptoKeyPair;
}

/** DER certificates of a development chain. */
export interface ChainCertificates {
  readonly root: Uint8Array;
  readonly intermediate: Uint8Array;
  readonly vek: Uint8Array;
}

/** Makes the three key pairs, at the same time: an RSA-4096 key takes seconds. */
export async function generateChainKeys(): Promise<ChainKeys> {
  const rsa = { ...pss, modulusLength: 4096, publicExponent: new Uint8Array([1, 0, 1]) };
  const [ark, ask, vek] = await Promise.all([
    crypto.subtle.generateKey(rsa, true, ["sign", "verify"]),
    crypto.subtle.generateKey(rsa, true, ["sign", "verify"]),
    crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]),
  ]);
  return { ark, ask, vek };
}

/**
 * Issues ARK, ASK and VCEK with the shape of AMD's: RSASSA-PSS with SHA-384, the extensions of a Genoa VCEK, names of
 * their own and the unit that says what they are. Valid from five minutes before to 30 days after `now`.
 */
export async function issueChain(
  keys: ChainKeys,
  tcb: Uint8Array,
  chipId: Uint8Array,
  now: Date,
): Promise<ChainCertificates> {
  const validity = {
    notBefore: new Date(now.getTime() - 300_000),
    notAfter: new Date(now.getTime() + lifetimeDays * day),
    signingAlgorithm: pss,
  };
  const authority = (pathLength: number) => [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ];
  const [root, intermediate, vek] = await Promise.all([
    X509CertificateGenerator.createSelfSigned({
      ...validity,
      serialNumber: "0d0000",
      name: subject(developmentNames.ark),
      keys: keys.ark,
      extensions: authority(1),
    }),
    X509CertificateGenerator.create({
      ...validity,
      serialNumber: "0d0001",
      issuer: subject(developmentNames.ark),
      subject: subject(developmentNames.ask),
      publicKey: keys.ask.publicKey,
      signingKey: keys.ark.privateKey,
      extensions: authority(0),
    }),
    X509CertificateGenerator.create({
      ...validity,
      serialNumber: "00",
      issuer: subject(developmentNames.ask),
      subject: subject("SEV-VCEK"),
      publicKey: keys.vek.publicKey,
      signingKey: keys.ask.privateKey,
      extensions: vekExtensions(tcb, chipId),
    }),
  ]);
  const der = (certificate: { rawData: ArrayBuffer }) => new Uint8Array(certificate.rawData);
  return { root: der(root), intermediate: der(intermediate), vek: der(vek) };
}

/** A revocation list of the root, valid 30 days: for tests of verifiers. Serials in hexadecimal. */
export async function issueRevocationList(
  arkKey: CryptoKey,
  serials: readonly string[],
  now: Date,
): Promise<Uint8Array> {
  const list = await X509CrlGenerator.create({
    issuer: subject(developmentNames.ark),
    thisUpdate: new Date(now.getTime() - 300_000),
    nextUpdate: new Date(now.getTime() + lifetimeDays * day),
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: now })),
    signingAlgorithm: pss,
    signingKey: arkKey,
  });
  return new Uint8Array(list.rawData);
}

function subject(commonName: string): string {
  return `OU=${developmentUnit}, O=apoc development attester, CN=${commonName}`;
}

function vekExtensions(tcb: Uint8Array, chipId: Uint8Array): Extension[] {
  const extension = (arc: string, value: Uint8Array) =>
    new Extension(`1.3.6.1.4.1.3704.1.${arc}`, false, Uint8Array.from(value));
  const integer = (value: number) => Uint8Array.from(value < 0x80 ? [2, 1, value] : [2, 2, 0, value]);
  const product = new TextEncoder().encode("Genoa");
  return [
    extension("1", integer(0)),
    extension("2", Uint8Array.from([0x16, product.length, ...product])),
    ...amdTcbArcs.Genoa.map((arc, index) => extension(`3.${arc}`, integer(tcb[index] ?? 0))),
    extension("4", chipId),
  ];
}
