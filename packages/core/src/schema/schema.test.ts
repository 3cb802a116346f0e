import { expect, test } from "vitest";
import {
  addressSchema,
  bytes32Schema,
  checksumAddressSchema,
  decimalSchema,
  keyIdSchema,
  sha256DigestSchema,
  signatureSchema,
  uint96Schema,
} from "./index.ts";

const checksummed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const digits = "ab".repeat(32);

test("addresses are taken in any case, and in EIP-55 form only where bytes count", () => {
  for (const text of [checksummed, checksummed.toLowerCase(), `0x${checksummed.slice(2).toUpperCase()}`])
    expect(addressSchema.parse(text)).toBe(checksummed);
  expect(checksumAddressSchema.parse(checksummed)).toBe(checksummed);
  for (const text of [
    checksummed.toLowerCase(),
    checksummed.slice(0, -1),
    `${checksummed}0`,
    checksummed.slice(2),
  ])
    expect(checksumAddressSchema.safeParse(text).success).toBe(false);
  for (const text of [checksummed.slice(0, -1), `${checksummed}0`, checksummed.slice(2), `${checksummed}\n`])
    expect(addressSchema.safeParse(text).success).toBe(false);
});

test("words, key ids and digests have one length, one case and their own prefix", () => {
  for (const [schema, prefix] of [
    [bytes32Schema, "0x"],
    [keyIdSchema, ""],
    [sha256DigestSchema, "sha256:"],
  ] as const) {
    expect(schema.parse(prefix + digits)).toBe(prefix + digits);
    for (const text of [
      prefix + digits.toUpperCase(),
      prefix + digits.slice(1),
      `${prefix}${digits}0`,
      `${prefix}${digits}\n`,
      `x${prefix}${digits}`,
    ])
      expect(schema.safeParse(text).success).toBe(false);
  }
});

test("signatures are whole bytes, from one to 4096", () => {
  expect(signatureSchema.parse(`0x${"ab".repeat(4096)}`)).toHaveLength(8194);
  for (const text of ["0x", "0xabc", "0xAB", "ab", `0x${"ab".repeat(4097)}`])
    expect(signatureSchema.safeParse(text).success).toBe(false);
});

test("amounts are bigints; those of a channel have one text and stay below 2^96", () => {
  expect(decimalSchema.parse("007")).toBe(7n);
  expect(decimalSchema.safeParse("-1").success).toBe(false);
  expect(decimalSchema.safeParse("1".repeat(41)).success).toBe(false);
  expect(uint96Schema.parse("79228162514264337593543950335")).toBe(2n ** 96n - 1n);
  for (const text of ["79228162514264337593543950336", "007", "1.0", "-1", "", "0x1"])
    expect(uint96Schema.safeParse(text).success).toBe(false);
});
