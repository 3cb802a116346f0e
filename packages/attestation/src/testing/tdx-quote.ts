import { createHash } from "node:crypto";
import { writePem } from "@apoc/encoding";
import { type Keys, makeAuthority, makePck, platformKeys, pointOf, root, signRaw } from "./tdx-platform.ts";

/** What a quote says; fields are hexadecimal or bytes, with what they have in a good one by default. */
export interface QuoteOptions {
  readonly version?: number;
  readonly keyType?: number;
  readonly teeType?: number;
  readonly vendor?: string;
  /** Type and size in the descriptor of version 5. */
  readonly descriptor?: readonly [type: number, size: number];
  readonly teeTcbSvn?: readonly number[];
  readonly teeTcbSvn2?: readonly number[];
  readonly mrSeam?: string;
  readonly mrSignerSeam?: string;
  readonly seamAttributes?: string;
  readonly tdAttributes?: bigint;
  readonly mrTd?: string;
  readonly mrConfigId?: string;
  readonly rtmrs?: readonly string[];
  readonly reportData?: Uint8Array;
  readonly mrServiceTd?: string;
  readonly qeMiscSelect?: number;
  readonly qeAttributes?: string;
  readonly qeMrSigner?: string;
  readonly qeProduct?: number;
  readonly qeSvn?: number;
  /** All 64 bytes of the quoting enclave's report data. */
  readonly qeReportData?: Uint8Array;
  readonly qeSignedBy?: Keys;
  readonly signedBy?: Keys;
  readonly attestationKey?: Uint8Array;
  readonly chain?: readonly Uint8Array[];
  /** The PEM chain as text. */
  readonly pem?: string;
  readonly certificationType?: number;
  readonly chainType?: number;
  /** Bytes after the chain, inside of what the quote says it has. */
  readonly inner?: Uint8Array;
  /** Bytes after the quote. */
  readonly padding?: Uint8Array;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);
const u32 = (value: number): Uint8Array => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const sized = (bytes: Uint8Array): Uint8Array => Buffer.concat([u32(bytes.length), bytes]);
const hex = (text: string): Uint8Array => Buffer.from(text, "hex");
const repeat = (byte: string, size: number): string => byte.repeat(size);

/** Reference values that a good quote has. */
export const good = {
  mrTd: repeat("11", 48),
  mrSeam: repeat("55", 48),
  mrConfigId: repeat("66", 48),
  rtmrs: ["20", "21", "22", "23"].map((byte) => repeat(byte, 48)),
  reportData: new Uint8Array(64).fill(0xab),
  septVeDisable: 1n << 28n,
};

/** A quote of the platform, with changes, signed again. */
export function makeQuote(options: QuoteOptions = {}): Uint8Array {
  const { version = 4, rtmrs = good.rtmrs } = options;
  const attributes = Buffer.alloc(8);
  attributes.writeBigUInt64LE(options.tdAttributes ?? good.septVeDisable);
  const [bodyType, bodySize] = options.descriptor ?? [3, 648];
  const withNewFields = version === 5 && bodyType === 3;
  const signed = Buffer.concat([
    u16(version),
    u16(options.keyType ?? 2),
    u32(options.teeType ?? 0x81),
    Buffer.alloc(4),
    hex(options.vendor ?? "939a7233f79c4ca9940a0db3957f0607"),
    Buffer.alloc(20),
    ...(version === 5 ? [u16(bodyType), u32(bodySize)] : []),
    svn(options.teeTcbSvn),
    hex(options.mrSeam ?? good.mrSeam),
    hex(options.mrSignerSeam ?? repeat("00", 48)),
    hex(options.seamAttributes ?? repeat("00", 8)),
    attributes,
    hex("e702060000000000"),
    hex(options.mrTd ?? good.mrTd),
    hex(options.mrConfigId ?? good.mrConfigId),
    Buffer.alloc(96),
    ...rtmrs.map(hex),
    options.reportData ?? good.reportData,
    ...(withNewFields
      ? [svn(options.teeTcbSvn2 ?? options.teeTcbSvn), hex(options.mrServiceTd ?? repeat("00", 48))]
      : []),
  ]);
  const attestationKey = options.attestationKey ?? pointOf(platformKeys.attestation);
  const authentication = Buffer.from("authentication data");
  const qeReport = Buffer.alloc(384);
  qeReport.writeUInt32LE(options.qeMiscSelect ?? 0, 16);
  qeReport.set(hex(options.qeAttributes ?? "1500000000000000e700000000000000"), 48);
  qeReport.set(hex(options.qeMrSigner ?? repeat("dc", 32)), 128);
  qeReport.writeUInt16LE(options.qeProduct ?? 2, 256);
  qeReport.writeUInt16LE(options.qeSvn ?? 4, 258);
  const bound = createHash("sha256").update(attestationKey).update(authentication).digest();
  qeReport.set(options.qeReportData ?? bound, 320);
  const pem =
    options.pem ?? `${writePem("CERTIFICATE", ...(options.chain ?? [makePck(), makeAuthority(), root]))}\0`;
  const certification = Buffer.concat([
    qeReport,
    signRaw(qeReport, (options.qeSignedBy ?? platformKeys.pck).privateKey),
    u16(authentication.length),
    authentication,
    u16(options.chainType ?? 5),
    sized(Buffer.from(pem)),
  ]);
  const data = Buffer.concat([
    signRaw(signed, (options.signedBy ?? platformKeys.attestation).privateKey),
    attestationKey,
    u16(options.certificationType ?? 6),
    sized(certification),
    options.inner ?? Buffer.alloc(0),
  ]);
  return Uint8Array.from(Buffer.concat([signed, sized(data), options.padding ?? Buffer.alloc(0)]));
}

function svn(values: readonly number[] = [6, 1, 3]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => values[index] ?? 0);
}
