import { ApocError } from "@apoc/errors";
import type { Address, Hex } from "viem";
import { getAddress } from "viem";
import { z } from "zod";
import { paymentErrors } from "../errors.ts";
import type { ChannelHeader, Payee } from "./accrual.ts";

/** A channel's terms as they travel: amounts as decimal strings. */
export interface ChannelTerms {
  readonly header: ChannelHeader;
  readonly payees: readonly Payee[];
}

const uint96 = z
  .string()
  .regex(/^(0|[1-9]\d{0,28})$/)
  .transform(BigInt)
  .refine((value) => value < 1n << 96n, "below 2^96");
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text): Address => getAddress(text.toLowerCase()));
const bytes32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hex);
const uint32 = z.int().min(0).max(0xffff_ffff);
const uint40 = z.int().min(0).max(0xff_ffff_ffff);

export const payeeSchema = z.strictObject({
  to: address,
  imageDigest: bytes32,
  licenseHash: bytes32,
  oneTime: uint96,
  rate: uint96,
  share: uint32,
  meteredCap: uint96,
});

export const headerSchema = z.strictObject({
  publisher: address,
  provider: address,
  token: address,
  podId: bytes32,
  meter: address,
  grace: uint32,
  acceptBy: uint40,
  maxExecRate: uint96,
  execBurst: uint96,
  sumOneTime: uint96,
  sumRate: uint96,
  sumShare: uint32,
  payeesRoot: bytes32,
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
