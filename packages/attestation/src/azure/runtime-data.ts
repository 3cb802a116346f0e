import { z } from "zod";
import { parseStrictJson } from "@apoc/encoding";
import { LayoutError } from "../tdx/byte-reader.ts";

const akName = "HCLAkPub";

/** What the paravisor states about the virtual machine; the hardware report binds its hash. */
export interface RuntimeData {
  /** Public part of the attestation key of the vTPM, RSA-2048. */
  readonly attestationKey: JsonWebKey;
  readonly secureBoot: boolean;
  readonly tpmEnabled: boolean;
  /** Whether the serial console is on: a way into the guest that its image may or may not open. */
  readonly consoleEnabled: boolean;
  readonly vmUniqueId: string;
}

const keySchema = z.object({ kid: z.string(), kty: z.string() });
/** 256 bytes without leading zeros are 342 characters of base64url; the last one bears four bits. */
const akSchema = z.strictObject({
  kid: z.literal(akName),
  kty: z.literal("RSA"),
  key_ops: z.tuple([z.literal("sign")]),
  e: z.literal("AQAB"),
  n: z.string().regex(/^[A-Za-z0-9_-]{341}[AQgw]$/),
});
const schema = z.object({
  keys: z.array(z.unknown()).max(16),
  "vm-configuration": z.object({
    "secure-boot": z.boolean(),
    "tpm-enabled": z.boolean(),
    "console-enabled": z.boolean(),
    vmUniqueId: z.string().max(64),
  }),
});

/**
 * Reads runtime data. Members that are not used may be anything, since Microsoft adds some; those that are must have
 * the documented form, and there must be exactly one attestation key. Throws `LayoutError` or `JsonError`.
 */
export function readRuntimeData(bytes: Uint8Array): RuntimeData {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const parsed = schema.safeParse(parseStrictJson(text));
  if (!parsed.success)
    throw new LayoutError(parsed.error.issues[0]?.path.map(String).join(".") ?? "runtime data");
  const named = parsed.data.keys.filter((key) => keySchema.safeParse(key).data?.kid === akName);
  const key = akSchema.safeParse(named[0]);
  if (named.length !== 1 || !key.success) throw new LayoutError(`not one RSA-2048 signing key ${akName}`);
  const { "vm-configuration": machine } = parsed.data;
  const { kty, e, n } = key.data;
  return {
    attestationKey: { kty, e, n },
    secureBoot: machine["secure-boot"],
    tpmEnabled: machine["tpm-enabled"],
    consoleEnabled: machine["console-enabled"],
    vmUniqueId: machine.vmUniqueId,
  };
}
