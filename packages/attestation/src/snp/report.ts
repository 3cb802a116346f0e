import type { Cpuid } from "./product.ts";

/** Bytes of an SNP attestation report. */
export const reportSize = 1184;
/** The signature covers the bytes before this offset. */
export const signedSize = 0x2a0;
/** Bytes of each of R and S in the report: little-endian, 48 used. */
const scalarSize = 72;
const scalarUsed = 48;

/**
 * Fields of an SNP ATTESTATION_REPORT, versions 2 to 5 (AMD publication 56860, ATTESTATION_REPORT structure).
 * Reading is total: every field of 1184 bytes has a value. Whether the values are acceptable is for the checks.
 */
export interface SnpReport {
  readonly version: number;
  readonly guestSvn: number;
  readonly policy: GuestPolicy;
  readonly vmpl: number;
  readonly signatureAlgorithm: number;
  readonly currentTcb: Uint8Array;
  readonly platformInfo: bigint;
  readonly signerInfo: SignerInfo;
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array;
  readonly idKeyDigest: Uint8Array;
  readonly authorKeyDigest: Uint8Array;
  readonly reportedTcb: Uint8Array;
  /** Since version 3. */
  readonly cpuid: Cpuid | undefined;
  readonly chipId: Uint8Array;
  readonly committedTcb: Uint8Array;
  readonly currentFirmware: string;
  readonly committedFirmware: string;
  readonly launchTcb: Uint8Array;
  /** What the signature covers: the bytes as they were. */
  readonly signed: Uint8Array<ArrayBuffer>;
  /** R ‖ S, 48 bytes each, big-endian: the form WebCrypto takes. */
  readonly signature: Uint8Array<ArrayBuffer>;
  /** Offset of the first reserved byte that is not zero. */
  readonly reservedNonzero: number | undefined;
}

/** Bits of the guest policy. */
export interface GuestPolicy {
  readonly smt: boolean;
  readonly migrationAgent: boolean;
  readonly debug: boolean;
  /** Bit 17 is one and bits 26 to 63 are zero. */
  readonly reservedAsRequired: boolean;
  readonly value: bigint;
}

/** Bits of the signer information. */
export interface SignerInfo {
  readonly maskChipKey: boolean;
  /** 0 VCEK, 1 VLEK, 7 none; others are reserved. */
  readonly signingKey: number;
  readonly reservedZero: boolean;
}

/** Reads a report. Returns `undefined` unless there are exactly 1184 bytes. */
export function readReport(bytes: Uint8Array): SnpReport | undefined {
  if (bytes.length !== reportSize) return undefined;
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  const field = (offset: number, size: number) => copy.subarray(offset, offset + size);
  const version = view.getUint32(0, true);
  const policy = view.getBigUint64(0x08, true);
  const signer = view.getUint32(0x48, true);
  const bit = (index: number) => ((policy >> BigInt(index)) & 1n) === 1n;
  return {
    version,
    guestSvn: view.getUint32(0x04, true),
    policy: {
      smt: bit(16),
      migrationAgent: bit(18),
      debug: bit(19),
      reservedAsRequired: bit(17) && policy >> 26n === 0n,
      value: policy,
    },
    vmpl: view.getUint32(0x30, true),
    signatureAlgorithm: view.getUint32(0x34, true),
    currentTcb: field(0x38, 8),
    platformInfo: view.getBigUint64(0x40, true),
    signerInfo: {
      maskChipKey: (signer & 2) !== 0,
      signingKey: (signer >>> 2) & 7,
      reservedZero: signer >>> 5 === 0,
    },
    reportData: field(0x50, 64),
    measurement: field(0x90, 48),
    hostData: field(0xc0, 32),
    idKeyDigest: field(0xe0, 48),
    authorKeyDigest: field(0x110, 48),
    reportedTcb: field(0x180, 8),
    cpuid: version < 3 ? undefined : { family: copy[0x188]!, model: copy[0x189]!, stepping: copy[0x18a]! },
    chipId: field(0x1a0, 64),
    committedTcb: field(0x1e0, 8),
    currentFirmware: firmware(field(0x1e8, 3)),
    committedFirmware: firmware(field(0x1ec, 3)),
    launchTcb: field(0x1f0, 8),
    signed: field(0, signedSize),
    signature: Uint8Array.from([
      ...field(signedSize, scalarUsed).toReversed(),
      ...field(signedSize + scalarSize, scalarUsed).toReversed(),
    ]),
    reservedNonzero: firstNonzero(copy, reservedRanges(version)),
  };
}

/** Half-open ranges of bytes that a report of this version must leave zero. */
function reservedRanges(version: number): readonly (readonly [start: number, end: number])[] {
  return [
    [0x4c, 0x50],
    [version < 3 ? 0x188 : 0x18b, 0x1a0],
    [0x1eb, 0x1ec],
    [0x1ef, 0x1f0],
    [version < 5 ? 0x1f8 : 0x208, signedSize],
    [signedSize + scalarUsed, signedSize + scalarSize],
    [signedSize + scalarSize + scalarUsed, reportSize],
  ];
}

function firstNonzero(bytes: Uint8Array, ranges: ReturnType<typeof reservedRanges>): number | undefined {
  for (const [start, end] of ranges) {
    for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return offset;
  }
  return undefined;
}

/** `major.minor.build` of the bytes build, minor, major. */
function firmware([build = 0, minor = 0, major = 0]: Uint8Array): string {
  return `${major}.${minor}.${build}`;
}
