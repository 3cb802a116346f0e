import { readPemBlocks, toHex } from "@apoc/encoding";
import { ByteReader, LayoutError } from "./byte-reader.ts";

/** Maximum number of bytes of a quote, padding included: the most that the kernel's configfs interface gives out. */
export const quoteLimit = 32_768;
const headerSize = 48;
const signatureSize = 64;
const qeReportSize = 384;
/** Certification data of a quote: the report of the quoting enclave with what certifies it. */
const qeReportCertification = 6;
/** Certification data of a quoting enclave's report: PCK certificate, its authority, the root, as PEM. */
const pckChainCertification = 5;
/** Body type and size that a version 5 quote names. */
const bodySizes: ReadonlyMap<number, number> = new Map([
  [2, 584],
  [3, 648],
]);

/** One character for each byte: what is not ASCII stays what it is, no PEM. */
const latin1 = new TextDecoder("latin1");

/** Header of a quote (Intel TDX DCAP quote format, version 4, section A.3.1). */
export interface QuoteHeader {
  readonly version: number;
  /** 2: ECDSA with P-256. */
  readonly attestationKeyType: number;
  /** 0x81: TDX. */
  readonly teeType: number;
  /** Lower-case hexadecimal. */
  readonly qeVendor: string;
}

/** Body of a quote: TD report 1.0 (584 bytes), or 1.5 (648 bytes) with the last two fields. */
export interface TdReport {
  /** Security versions of the TDX module (its SVN, its major version) and of what loaded it, at launch. */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: bigint;
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  /** RTMR0 to RTMR3. */
  readonly rtmrs: readonly Uint8Array[];
  readonly reportData: Uint8Array;
  /** The module that runs now; TD report 1.5 only. */
  readonly teeTcbSvn2: Uint8Array | undefined;
  /** Measurement of bound service TDs, zero when there are none; TD report 1.5 only. */
  readonly mrServiceTd: Uint8Array | undefined;
}

/** What the checks need of the report of the quoting enclave (SGX REPORT structure). */
export interface QeReport {
  /** What the PCK signs. */
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly miscSelect: Uint8Array;
  readonly attributes: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly reportData: Uint8Array;
}

/** A TDX quote of version 4 or 5. Reading proves nothing: the checks do. */
export interface TdxQuote {
  readonly header: QuoteHeader;
  readonly body: TdReport;
  /** What the attestation key signs: header, body descriptor of version 5, body; the bytes as they were. */
  readonly signed: Uint8Array<ArrayBuffer>;
  /** R ‖ S, big-endian. */
  readonly signature: Uint8Array<ArrayBuffer>;
  /** X ‖ Y of the attestation key, big-endian. */
  readonly attestationKey: Uint8Array<ArrayBuffer>;
  readonly qeReport: QeReport;
  readonly qeReportSignature: Uint8Array<ArrayBuffer>;
  readonly qeAuthentication: Uint8Array<ArrayBuffer>;
  /** DER certificates: PCK, its authority, the root. Exactly three. */
  readonly certificates: readonly [pck: Uint8Array, authority: Uint8Array, root: Uint8Array];
  /** Bytes after the end that the quote states. They are not part of it and nothing vouches for them. */
  readonly padding: number;
}

/** Header of a quote, or `undefined` when there are fewer bytes than a header has. */
export function readQuoteHeader(bytes: Uint8Array): QuoteHeader | undefined {
  return bytes.length < headerSize
    ? undefined
    : readHeader(new ByteReader(new Uint8Array(bytes.subarray(0, headerSize))));
}

/**
 * Reads a quote with exact lengths. Throws {@link LayoutError} (or `PemError` for its certificates) when a length, a body type
 * or a certification data type is not one of TDX version 4 or 5. Bytes after the end that the quote states are padding:
 * quoting services fill their buffers, and no signature covers what follows.
 */
export function readQuote(bytes: Uint8Array): TdxQuote {
  if (bytes.length > quoteLimit) throw new LayoutError(`more than ${quoteLimit} bytes`);
  const copy = new Uint8Array(bytes);
  const reader = new ByteReader(copy);
  const header = readHeader(reader);
  const size = header.version === 5 ? readDescriptor(reader) : 584;
  const body = readBody(reader.enter(size), size);
  const signed = copy.subarray(0, reader.offset);

  const data = reader.enter(reader.u32());
  const signature = data.take(signatureSize);
  const attestationKey = data.take(64);
  const certification = enterCertification(data, qeReportCertification);
  const qeReport = readQeReport(certification.take(qeReportSize));
  const qeReportSignature = certification.take(signatureSize);
  const qeAuthentication = certification.take(certification.u16());
  const chain = enterCertification(certification, pckChainCertification);
  const [pck, authority, root] = readPemBlocks(latin1.decode(chain.take(chain.left)), "CERTIFICATE", 3);
  if (pck === undefined || authority === undefined || root === undefined)
    throw new LayoutError("fewer than three certificates");
  return {
    header,
    body,
    signed,
    signature,
    attestationKey,
    qeReport,
    qeReportSignature,
    qeAuthentication,
    certificates: [pck, authority, root],
    padding: reader.left,
  };
}

function readHeader(reader: ByteReader): QuoteHeader {
  const version = reader.u16();
  const attestationKeyType = reader.u16();
  const teeType = reader.u32();
  reader.take(4); // Security versions of QE and PCE, which their reports and certificates state.
  const qeVendor = toHex(reader.take(16));
  reader.take(20); // User data of the quoting enclave: signed, without meaning here.
  return { version, attestationKeyType, teeType, qeVendor };
}

/** Size of the body that a version 5 quote names. */
function readDescriptor(reader: ByteReader): number {
  const type = reader.u16();
  const size = reader.u32();
  if (bodySizes.get(type) !== size) throw new LayoutError(`body of type ${type} with ${size} bytes`);
  return size;
}

/** Reader over certification data that is of this type and is all that is left. */
function enterCertification(reader: ByteReader, type: number): ByteReader {
  const found = reader.u16();
  if (found !== type) throw new LayoutError(`certification data of type ${found}, not ${type}`);
  const inner = reader.enter(reader.u32());
  reader.end();
  return inner;
}

function readBody(reader: ByteReader, size: number): TdReport {
  const report = {
    teeTcbSvn: reader.take(16),
    mrSeam: reader.take(48),
    mrSignerSeam: reader.take(48),
    seamAttributes: reader.take(8),
    tdAttributes: readAttributes(reader.take(8)),
    xfam: reader.take(8),
    mrTd: reader.take(48),
    mrConfigId: reader.take(48),
    mrOwner: reader.take(48),
    mrOwnerConfig: reader.take(48),
    rtmrs: [reader.take(48), reader.take(48), reader.take(48), reader.take(48)],
    reportData: reader.take(64),
    teeTcbSvn2: size === 648 ? reader.take(16) : undefined,
    mrServiceTd: size === 648 ? reader.take(48) : undefined,
  };
  reader.end();
  return report;
}

function readAttributes(bytes: Uint8Array<ArrayBuffer>): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

function readQeReport(raw: Uint8Array<ArrayBuffer>): QeReport {
  const u16 = (offset: number) => raw[offset]! | (raw[offset + 1]! << 8);
  return {
    raw,
    miscSelect: raw.subarray(16, 20),
    attributes: raw.subarray(48, 64),
    mrSigner: raw.subarray(128, 160),
    isvProdId: u16(256),
    isvSvn: u16(258),
    reportData: raw.subarray(320, 384),
  };
}
