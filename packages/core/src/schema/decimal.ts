import { z } from "zod";

/** An unsigned integer as decimal text, which JSON numbers cannot hold exactly; gives a bigint. */
export const decimalSchema = z
  .string()
  .regex(/^\d{1,40}$/, "decimal digits")
  .transform(BigInt);

/** An amount of a channel: below 2^96, without leading zeros, so that one amount has one text. */
export const uint96Schema = z
  .string()
  .regex(/^(0|[1-9]\d{0,28})$/, "decimal digits without leading zero")
  .transform(BigInt)
  .refine((value) => value < 1n << 96n, "below 2^96");
