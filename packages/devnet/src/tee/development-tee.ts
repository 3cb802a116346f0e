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
  /** 32 bytes; zeros unless given. */
  readonly hostData?: Uint8Array;
  /** Guest policy; SMT permitted unless given. */
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
  /** 32 bytes that only this guest on this chip gets for this context, the same after a restart. Throws `TEE_REQUEST`. */
  deriveKey(context: string): Uint8Array;
}

/** Measurement of the development guest: SHA-384 of `apoc development guest`. */
export const developmentMeasurement: Uint8Array = Uint8Array.from(
  createHash("sha384").update("apoc development guest").digest(),
);

/** Bit 17 must be one; bit 16 permits SMT. */
const defaultPolicy = 0x30000n;
const encoder = new TextEncoder();
/** Most bytes of a context. */
export const contextLimit = 256;

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
    deriveKey(context) {
      const bytes = encoder.encode(context);
      if (bytes.length === 0 || bytes.length > contextLimit) {
        const details = {
          field: "context",
          expected: `1 to ${contextLimit} bytes`,
          actual: `${bytes.length} bytes`,
        };
        throw new ApocError(devnetErrors.TEE_REQUEST, details);
      }
      // Fixed sizes before the only variable one: no two inputs give the same bytes.
      const policyBytes = new Uint8Array(8);
      new DataView(policyBytes.buffer).setBigUint64(0, policy, true);
      const mac = createHmac("sha256", root.chipSecret).update("apoc-dev-derived-key-v1\0");
      return Uint8Array.from(
        mac.update(measurement).update(hostData).update(policyBytes).update(bytes).digest(),
      );
    },
  };
}

function sized(bytes: Uint8Array, size: number, field: string): Uint8Array {
  if (bytes.length === size) return bytes;
  throw new ApocError(devnetErrors.TEE_REQUEST, {
    field,
    expected: `${size} bytes`,
    actual: `${bytes.length} bytes`,
  });
}
