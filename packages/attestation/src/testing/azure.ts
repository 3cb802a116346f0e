import { sha256 } from "@noble/hashes/sha2.js";

/** A vTPM and paravisor that can be bent: the structures of Azure's, under a key of their own. */
export interface AzureMachine {
  readonly runtimeData: Uint8Array;
  /** REPORT_DATA that the hardware report has to hold. */
  readonly reportData: Uint8Array;
  readonly pcrs: readonly Uint8Array[];
  quote(extraData: Uint8Array, pcrs?: readonly Uint8Array[]): Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** Makes a machine; `change` alters the runtime data before they are written. */
export async function azureMachine(
  change: (data: Record<string, unknown>) => unknown = (data) => data,
): Promise<AzureMachine> {
  const size = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ ...algorithm, ...size }, true, [
    "sign",
    "verify",
  ]);
  const { e, n } = await crypto.subtle.exportKey("jwk", publicKey);
  const data = {
    keys: [
      { kid: "HCLAkPub", key_ops: ["sign"], kty: "RSA", e, n },
      { kid: "HCLEkPub", key_ops: ["encrypt"], kty: "RSA", e, n },
    ],
    "vm-configuration": {
      "console-enabled": true,
      "secure-boot": true,
      "tpm-enabled": true,
      vmUniqueId: "00000000-0000-0000-0000-000000000001",
    },
    "user-data": "00".repeat(64),
  };
  const runtimeData = new TextEncoder().encode(JSON.stringify(change(data)));
  const reportData = new Uint8Array(64);
  reportData.set(sha256(runtimeData));
  const pcrs = Array.from({ length: 24 }, (_, index) => new Uint8Array(32).fill(index));
  return {
    runtimeData,
    reportData,
    pcrs,
    quote: (extraData, values = pcrs) => tpmQuote(extraData, sha256(concat(...values))),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign(algorithm.name, privateKey, Uint8Array.from(message))),
  };
}

/** TPMS_ATTEST of a quote over all PCRs of the SHA-256 bank. */
export function tpmQuote(
  extraData: Uint8Array,
  pcrDigest: Uint8Array,
  selection = "00000001000b03ffffff",
): Uint8Array {
  return concat(
    hex("ff5443478018"),
    sized(concat(hex("000b"), new Uint8Array(32).fill(7))),
    sized(extraData),
    hex("0000000000001000"),
    hex("0000000200000000"),
    hex("01"),
    hex("2020031200120003"),
    hex(selection),
    sized(pcrDigest),
  );
}

/** An HCL report around a hardware report. */
export function hclReport(tee: "snp" | "tdx", teeReport: Uint8Array, runtimeData: Uint8Array): Uint8Array {
  const padded = new Uint8Array(1184);
  padded.set(teeReport);
  const size = 20 + runtimeData.length;
  return concat(
    hex("48434c41"),
    u32(2),
    u32(32 + padded.length + size),
    u32(2),
    u32(0),
    new Uint8Array(12),
    padded,
    u32(size),
    u32(1),
    u32(tee === "snp" ? 2 : 4),
    u32(1),
    u32(runtimeData.length),
    runtimeData,
    new Uint8Array(100),
  );
}

/** The bytes of several arrays in one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function sized(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
