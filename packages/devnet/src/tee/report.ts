import { type KeyObject, sign } from "node:crypto";
import { reportSize, signedSize } from "@apoc/attestation";

/** What a development report states. */
export interface ReportFields {
  readonly version: 3 | 4 | 5;
  readonly guestSvn: number;
  readonly policy: bigint;
  readonly vmpl: number;
  /** 48 bytes. */
  readonly measurement: Uint8Array;
  /** 32 bytes. */
  readonly hostData: Uint8Array;
  /** 64 bytes. */
  readonly chipId: Uint8Array;
  /** 8 bytes; current, committed, reported and at launch. */
  readonly tcb: Uint8Array;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** What an ordinary Genoa machine reports: SMT (bit 0), ECC memory (2), memory alias check done (5). */
const platformInfo = 0x25n;

/** Builds and signs a 1184-byte ATTESTATION_REPORT of a Genoa processor (family 0x19, model 0x11). */
export function signReport(fields: ReportFields, key: KeyObject): Uint8Array {
  const bytes = new Uint8Array(reportSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x00, fields.version, true);
  view.setUint32(0x04, fields.guestSvn, true);
  view.setBigUint64(0x08, fields.policy, true);
  view.setUint32(0x30, fields.vmpl, true);
  view.setUint32(0x34, 1, true);
  view.setBigUint64(0x40, platformInfo, true);
  bytes.set(fields.reportData, 0x50);
  bytes.set(fields.measurement, 0x90);
  bytes.set(fields.hostData, 0xc0);
  // No migration agent: its report id is all ones.
  bytes.fill(0xff, 0x160, 0x180);
  bytes.set([0x19, 0x11, 0x01], 0x188);
  bytes.set(fields.chipId, 0x1a0);
  for (const offset of [0x38, 0x180, 0x1e0, 0x1f0]) bytes.set(fields.tcb, offset);
  for (const offset of [0x1e8, 0x1ec]) bytes.set([40, 55, 1], offset);
  const signature = sign("sha384", bytes.subarray(0, signedSize), { key, dsaEncoding: "ieee-p1363" });
  bytes.set(Uint8Array.from(signature.subarray(0, 48)).toReversed(), signedSize);
  bytes.set(Uint8Array.from(signature.subarray(48)).toReversed(), signedSize + 72);
  return bytes;
}
