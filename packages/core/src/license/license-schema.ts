import { ApocError } from "@apoc/errors";
import { canonicalJson, parseStrictJson } from "@apoc/encoding";
import { z } from "zod";
import { podErrors } from "../errors.ts";
import { accountNameSchema, chainNameSchema } from "../schema/caip.ts";
import { uint96Schema } from "../schema/decimal.ts";
import { checksumAddressSchema } from "../schema/hex.ts";
import type { License } from "./license.ts";

const offer = z.strictObject({
  chain: chainNameSchema,
  contract: checksumAddressSchema,
  token: checksumAddressSchema,
  oneTime: uint96Schema,
  perSecond: uint96Schema,
  executionShare: z.int().min(0).max(10_000_000),
  meteredCap: uint96Schema,
});

const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a variable name");
const mountPath = z
  .string()
  .max(256)
  .regex(/^(\/[A-Za-z0-9._-]+)+$/, "an absolute path")
  .refine(
    (path) => !path.split("/").some((part) => part === "." || part === ".."),
    "a path without . and ..",
  );

export const licenseSchema = z.strictObject({
  version: z.literal(1),
  developer: accountNameSchema,
  offers: z.array(offer).min(1).max(16),
  policy: z.strictObject({
    args: z.boolean(),
    env: z.array(envName).max(64).refine(sortedUnique, "sorted, without repetition"),
    mounts: z.array(mountPath).max(16).refine(sortedUnique, "sorted, without repetition"),
  }),
});

/** Largest license that is read, in UTF-16 units. */
const maxLength = 64 * 1024;

/**
 * Reads the annotation's text. It must be the canonical JSON (RFC 8785) of a license, so that one license has one
 * text and one hash.
 * @throws LICENSE_INVALID, LICENSE_NOT_CANONICAL
 */
export function parseLicense(text: string): License {
  if (text.length > maxLength) {
    throw new ApocError(podErrors.LICENSE_INVALID, {
      expected: `at most ${maxLength} characters`,
      actual: `${text.length}`,
    });
  }
  const license = validateLicense(parseJson(text));
  if (encodeLicense(license) !== text) {
    throw new ApocError(podErrors.LICENSE_NOT_CANONICAL, { field: licenseAnnotationField });
  }
  return license;
}

const licenseAnnotationField = "annotations.network.apocryph.license";

/** Checks an already parsed license. @throws LICENSE_INVALID naming the field */
export function validateLicense(value: unknown): License {
  const result = licenseSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(podErrors.LICENSE_INVALID, { field: issue.path.join("."), detail: issue.message });
}

/** The one text of a license: what goes into the annotation. */
export function encodeLicense(license: License): string {
  return canonicalJson({
    version: license.version,
    developer: license.developer,
    offers: license.offers.map((o) => ({
      ...o,
      oneTime: o.oneTime.toString(),
      perSecond: o.perSecond.toString(),
      meteredCap: o.meteredCap.toString(),
    })),
    policy: { args: license.policy.args, env: [...license.policy.env], mounts: [...license.policy.mounts] },
  });
}

function parseJson(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw new ApocError(podErrors.LICENSE_INVALID, { detail: "Not JSON", cause });
  }
}

function sortedUnique(values: readonly string[]): boolean {
  return values.every((value, index) => index === 0 || values[index - 1]! < value);
}
