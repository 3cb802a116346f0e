import { createHash, createHmac } from "node:crypto";
import { ApocError } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";
import type { ChainCertificates } from "./certificates.ts";
import { signReport } from "./report.ts";
import { type DevelopmentRoot, developmentTcb } from "./root.ts";

/** What the guest is that a development TEE pretends to run. */
export interface DevelopmentTeeOptions {
  readonly root: DevelopmentRoot;
  /** Launch measurement, 48 bytes; {@link developmentMeasurement} unless given. */
  readonly measurement?: Uint8Array;
  /** 32 bytes; default: zeros. */
  readonly hostData?: Uint8Array;
  /** Guest policy; default: SMT permitted. */
  readonly policy?: bigint;
  readonly vmpl?: number;
  readonly guestSvn?: number;
  readonly version?: 3 | 4 | 5;
}

/** A TEE for development: the interface of the real one, and no protection at all. */
export interface DevelopmentTee {
  readonly measurement: Uint8Array;
  readonly certificates: ChainCertificates;
  /** A signed report over these 64 bytes. Throws `TEE_REQUEST`. */
  report(reportData: Uint8Array): Uint8Array;
  /** The derived key of a request: 32 bytes, the same after a restart for a guest in which the selected fields are equal. */
  deriveKey(select: ReadonlySet<KeyField>): Uint8Array;
}

/** Measurement of the development guest: SHA-384 of `apoc development guest`. */
export const developmentMeasurement: Uint8Array = Uint8Array.from(
  createHash("sha384").update("apoc development guest").digest(),
);

/** Bit 17 must be one; bit 16 permits SMT. */
const defaultPolicy = 0x30000n;

/**
 * Fields that a derived key can be bound to: those of the hardware's request (MSG_KEY_REQ, GUEST_FIELD_SELECT), in the
 * order of its bits. Host data and id key are none of them.
 */
export const keyFields = ["policy", "measurement", "guestSvn", "tcbVersion"] as const;
export type KeyField = (typeof keyFields)[number];
/** Bit of each field in GUEST_FIELD_SELECT; bits 1 and 2, image and family id, are zero in this guest. */
const keyFieldBits: Readonly<Record<KeyField, number>> = {
  policy: 0,
  measurement: 3,
  guestSvn: 4,
  tcbVersion: 5,
};

/** Starts a development TEE over a root. Throws `TEE_REQUEST` for values of the wrong size. */
export function createDevelopmentTee(options: DevelopmentTeeOptions): DevelopmentTee {
  const { root, policy = defaultPolicy, vmpl = 0, guestSvn = 0, version = 5 } = options;
  const measurement = sized(options.measurement ?? developmentMeasurement, 48, "measurement");
  const hostData = sized(options.hostData ?? new Uint8Array(32), 32, "hostData");
  return {
    measurement,
    certificates: root.certificates,
    report(reportData) {
      const fields = {
        version,
        guestSvn,
        policy,
        vmpl,
        measurement,
        hostData,
        chipId: root.chipId,
        tcb: developmentTcb,
      };
      return signReport({ ...fields, reportData: sized(reportData, 64, "reportData") }, root.signingKey);
    },
    deriveKey(select) {
      const fields: Readonly<Record<KeyField, Uint8Array>> = {
        policy: littleEndian(policy, 8),
        measurement,
        guestSvn: littleEndian(BigInt(guestSvn), 4),
        tcbVersion: developmentTcb,
      };
      const mac = createHmac("sha256", root.chipSecret).update("apoc-dev-derived-key-v2\0");
      mac.update(littleEndian(bitsOf(select), 8)).update(littleEndian(BigInt(vmpl), 4));
      // What is not selected counts as zeros of the same size: no two requests give the same bytes.
      for (const name of keyFields) {
        const value = fields[name];
        mac.update(select.has(name) ? value : new Uint8Array(value.length));
      }
      return Uint8Array.from(mac.digest());
    },
  };
}

function bitsOf(select: ReadonlySet<KeyField>): bigint {
  return [...select].reduce((bits, name) => bits | (1n << BigInt(keyFieldBits[name])), 0n);
}

function littleEndian(value: bigint, size: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, size);
}

function sized(bytes: Uint8Array, size: number, field: string): Uint8Array {
  if (bytes.length === size) return bytes;
  throw new ApocError(devnetErrors.TEE_REQUEST, {
    field,
    expected: `${size} bytes`,
    actual: `${bytes.length} bytes`,
  });
}
