import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { der } from "@apoc/encoding";
import type { SignedJson, TdxCollateral } from "../tdx/collateral.ts";
import { commonName, extension } from "./x509-writer.ts";

/** Moment that everything a platform makes is valid at, for a week on both sides. */
export const now = new Date("2026-02-10T00:00:00Z");
/** A moment so many seconds after {@link now}. */
export const seconds = (count: number): Date => new Date(now.getTime() + count * 1000);
export const week = 7 * 86_400;

const ecdsaSha256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const sgxOid = "1.2.840.113741.1.13.1";

/** An EC key pair. */
export interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
export const newKeys = (namedCurve = "P-256"): Keys => generateKeyPairSync("ec", { namedCurve });
const keys = {
  root: newKeys(),
  authority: newKeys(),
  pck: newKeys(),
  signer: newKeys(),
  attestation: newKeys(),
};

/** R ‖ S. */
export const signRaw = (bytes: Uint8Array, key: KeyObject): Uint8Array =>
  Uint8Array.from(sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }));
/** X ‖ Y. */
export const pointOf = ({ publicKey }: Keys): Uint8Array =>
  Uint8Array.from(publicKey.export({ type: "spki", format: "der" }).subarray(-64));

/** What a certificate says. */
export interface CertificateOptions {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: Keys;
  readonly signedBy: Keys;
  readonly serial: number;
  readonly from?: Date;
  readonly until?: Date;
  readonly extensions: readonly Uint8Array[];
  /** AlgorithmIdentifier outside the signed part. */
  readonly outerAlgorithm?: Uint8Array;
}

export const authorityExtensions = (pathLength: number, critical = true, usage = 0x06): Uint8Array[] => [
  extension("2.5.29.19", critical, der.sequence(der.boolean(true), der.integer(pathLength))),
  extension("2.5.29.15", true, der.bitString(Uint8Array.of(usage), 1)),
];
export const signerExtensions = (usage = 0xc0): Uint8Array[] => [
  extension("2.5.29.19", true, der.sequence()),
  extension("2.5.29.15", true, der.bitString(Uint8Array.of(usage), 6)),
];

/** A certificate, DER. */
export function certificate(options: CertificateOptions): Uint8Array {
  const signed = der.sequence(
    der.element(0xa0, der.integer(2)),
    der.integer(options.serial),
    ecdsaSha256,
    commonName(options.issuer),
    der.sequence(der.utcTime(options.from ?? seconds(-week)), der.utcTime(options.until ?? seconds(week))),
    commonName(options.subject),
    options.keys.publicKey.export({ type: "spki", format: "der" }),
    ...(options.extensions.length === 0 ? [] : [der.element(0xa3, der.sequence(...options.extensions))]),
  );
  return der.sequence(
    signed,
    options.outerAlgorithm ?? ecdsaSha256,
    der.bitString(sign("sha256", signed, options.signedBy.privateKey)),
  );
}

/** Security versions that the PCK certifies. */
export interface PckOptions {
  readonly fmspc?: string;
  readonly pceId?: string;
  readonly components?: readonly number[];
  readonly pceSvn?: number;
}

/** The SGX extension of a PCK certificate. */
export function sgxExtension(options: PckOptions = {}): Uint8Array {
  const {
    fmspc = "00dead0000aa",
    pceId = "0000",
    components = Array<number>(16).fill(3),
    pceSvn = 13,
  } = options;
  const pair = (arc: string, value: Uint8Array) => der.sequence(der.oid(`${sgxOid}.${arc}`), value);
  const octets = (hex: string) => der.octetString(Buffer.from(hex, "hex"));
  const tcb = [
    ...components.map((svn, index) => pair(`2.${index + 1}`, der.integer(svn))),
    pair("2.17", der.integer(pceSvn)),
    pair("2.18", der.octetString(Uint8Array.from(components))),
  ];
  const parts = [
    pair("1", octets("00".repeat(16))),
    pair("2", der.sequence(...tcb)),
    pair("3", octets(pceId)),
    pair("4", octets(fmspc)),
    pair("5", der.element(0x0a, Uint8Array.of(1))),
  ];
  return extension(sgxOid, false, der.sequence(...parts));
}

/** The certificates of a platform, with changes. */
export const makeRoot = (changes: Partial<CertificateOptions> = {}): Uint8Array =>
  certificate({
    subject: "Test Root CA",
    issuer: "Test Root CA",
    keys: keys.root,
    signedBy: keys.root,
    serial: 1,
    extensions: authorityExtensions(1),
    ...changes,
  });
export const makeAuthority = (changes: Partial<CertificateOptions> = {}): Uint8Array =>
  certificate({
    subject: "Intel SGX PCK Platform CA",
    issuer: "Test Root CA",
    keys: keys.authority,
    signedBy: keys.root,
    serial: 2,
    extensions: authorityExtensions(0),
    ...changes,
  });
export const makePck = (changes: Partial<CertificateOptions> = {}, pck: PckOptions = {}): Uint8Array =>
  certificate({
    subject: "Intel SGX PCK Certificate",
    issuer: "Intel SGX PCK Platform CA",
    keys: keys.pck,
    signedBy: keys.authority,
    serial: 4,
    extensions: [...signerExtensions(), sgxExtension(pck)],
    ...changes,
  });
export const makeSigner = (changes: Partial<CertificateOptions> = {}): Uint8Array =>
  certificate({
    subject: "Intel SGX TCB Signing",
    issuer: "Test Root CA",
    keys: keys.signer,
    signedBy: keys.root,
    serial: 3,
    extensions: signerExtensions(),
    ...changes,
  });

/** The root of every platform of this process. */
export const root: Uint8Array = makeRoot();
export const rootSha256: string = createHash("sha256").update(root).digest("hex");

/** What a revocation list says. */
export interface ListOptions {
  readonly issuer?: string;
  readonly signedBy?: Keys;
  readonly from?: Date;
  readonly until?: Date | undefined;
  readonly revoked?: readonly number[];
  readonly extensions?: readonly Uint8Array[];
  readonly outerAlgorithm?: Uint8Array;
}

/** A revocation list, DER: the root's unless changed. */
export function revocationList(options: ListOptions = {}): Uint8Array {
  const { revoked = [], extensions = [], until = seconds(week) } = options;
  const entries = revoked.map((serial) => der.sequence(der.integer(serial), der.utcTime(now)));
  const signed = der.sequence(
    der.integer(1),
    ecdsaSha256,
    commonName(options.issuer ?? "Test Root CA"),
    der.utcTime(options.from ?? seconds(-week)),
    ...("until" in options && options.until === undefined ? [] : [der.utcTime(until)]),
    ...(entries.length === 0 ? [] : [der.sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [der.element(0xa0, der.sequence(...extensions))]),
  );
  const key = (options.signedBy ?? keys.root).privateKey;
  return der.sequence(
    signed,
    options.outerAlgorithm ?? ecdsaSha256,
    der.bitString(sign("sha256", signed, key)),
  );
}

/** The list of the PCK authority. */
export const pckList = (options: ListOptions = {}): Uint8Array =>
  revocationList({ issuer: "Intel SGX PCK Platform CA", signedBy: keys.authority, ...options });

const window = { issueDate: "2026-02-09T00:00:00Z", nextUpdate: "2026-02-16T00:00:00Z" };
const svns = (...values: readonly number[]) =>
  Array.from({ length: 16 }, (_, index) => ({ svn: values[index] ?? 0 }));
export const zeros = (size: number): string => "00".repeat(size);

/** A TCB info as a value; `TDX_01` up to date from 6, out of date from 4; platform levels 3 and 2. */
export const tcbInfoValue = (changes: object = {}): object => ({
  id: "TDX",
  version: 3,
  ...window,
  fmspc: "00DEAD0000AA",
  pceId: "0000",
  tcbType: 0,
  tcbEvaluationDataNumber: 20,
  tdxModule: { mrsigner: zeros(48), attributes: zeros(8), attributesMask: "FFFFFFFFFFFFFFFF" },
  tdxModuleIdentities: [moduleIdentity()],
  tcbLevels: [platformLevel(3, "UpToDate"), platformLevel(2, "OutOfDate", ["INTEL-SA-00001"])],
  ...changes,
});
/** An identity of the module with a major version. */
export const moduleIdentity = (changes: object = {}): object => ({
  id: "TDX_01",
  mrsigner: zeros(48),
  attributes: zeros(8),
  attributesMask: "FFFFFFFFFFFFFFFF",
  tcbLevels: [enclaveLevel(6, "UpToDate"), enclaveLevel(4, "OutOfDate")],
  ...changes,
});
/** A platform level: SGX components, PCESVN 10, TDX component 2 at `svn`, module at least 5.0. */
export const platformLevel = (svn: number, tcbStatus: string, advisoryIDs?: readonly string[]): object => ({
  tcb: {
    sgxtcbcomponents: svns(...Array<number>(16).fill(svn)),
    pcesvn: 10,
    tdxtcbcomponents: svns(5, 0, svn),
  },
  tcbDate: "2025-01-01T00:00:00Z",
  tcbStatus,
  ...(advisoryIDs === undefined ? {} : { advisoryIDs }),
});
/** A level of a module or quoting enclave. */
export const enclaveLevel = (isvsvn: number, tcbStatus: string): object => ({
  tcb: { isvsvn },
  tcbDate: "2025-01-01T00:00:00Z",
  tcbStatus,
});
/** An identity of the quoting enclave as a value. */
export const qeIdentityValue = (changes: object = {}): object => ({
  id: "TD_QE",
  version: 2,
  ...window,
  tcbEvaluationDataNumber: 20,
  miscselect: "00000000",
  miscselectMask: "FFFFFFFF",
  attributes: "11000000000000000000000000000000",
  attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
  mrsigner: "dc".repeat(32),
  isvprodid: 2,
  tcbLevels: [enclaveLevel(4, "UpToDate"), enclaveLevel(2, "OutOfDate"), enclaveLevel(1, "Revoked")],
  ...changes,
});

/** A document as its signer would publish it. */
export function signedJson(value: object | string, changes: Partial<SignedJson> = {}): SignedJson {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const signature = signRaw(Buffer.from(text), keys.signer.privateKey);
  return { text, signature, issuerChain: [makeSigner(), root], ...changes };
}

/** Collateral of a platform that is up to date, with changes. */
export const collateral = (changes: Partial<TdxCollateral> = {}): TdxCollateral => ({
  rootCrl: revocationList(),
  pckCrl: pckList(),
  tcbInfo: signedJson(tcbInfoValue()),
  qeIdentity: signedJson(qeIdentityValue()),
  ...changes,
});

/** Keys of a platform. */
export const platformKeys = keys;
