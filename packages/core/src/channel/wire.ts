import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { paymentErrors } from "../errors.ts";
import { uint96Schema } from "../schema/decimal.ts";
import { addressSchema, bytes32Schema } from "../schema/hex.ts";
import type { ChannelHeader, Payee } from "./accrual.ts";

/** A channel's terms as they travel: amounts as decimal strings. */
export interface ChannelTerms {
  readonly header: ChannelHeader;
  readonly payees: readonly Payee[];
}

const uint32 = z.int().min(0).max(0xffff_ffff);
const uint40 = z.int().min(0).max(0xff_ffff_ffff);

export const payeeSchema = z.strictObject({
  to: addressSchema,
  imageDigest: bytes32Schema,
  licenseHash: bytes32Schema,
  oneTime: uint96Schema,
  rate: uint96Schema,
  share: uint32,
  meteredCap: uint96Schema,
});

export const headerSchema = z.strictObject({
  publisher: addressSchema,
  provider: addressSchema,
  token: addressSchema,
  podId: bytes32Schema,
  meter: addressSchema,
  grace: uint32,
  acceptBy: uint40,
  maxExecRate: uint96Schema,
  execBurst: uint96Schema,
  sumOneTime: uint96Schema,
  sumRate: uint96Schema,
  sumShare: uint32,
  payeesRoot: bytes32Schema,
});

export const termsSchema = z.strictObject({ header: headerSchema, payees: z.array(payeeSchema).max(16) });

/** Reads terms from the wire. Whether header and payees fit together is checked by `assertTerms`. @throws CHANNEL_INVALID */
export function parseTerms(value: unknown): ChannelTerms {
  const result = termsSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(paymentErrors.CHANNEL_INVALID, { field: issue.path.join("."), detail: issue.message });
}

/** The JSON form of terms, of quotes and of everything else that holds amounts: bigint as decimal string. */
export function toWire(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, member: unknown) =>
      typeof member === "bigint" ? member.toString() : member,
    ),
  );
}
