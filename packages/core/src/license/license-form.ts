import { ApocError } from "@apoc/errors";
import { parse as parseYaml } from "yaml";
import { type Address, getAddress, isAddress } from "viem";
import { z } from "zod";
import { accountName, chainName } from "../chain-id.ts";
import { podErrors } from "../errors.ts";
import { hourlyRate, parseAmount } from "../price/amount.ts";
import type { License } from "./license.ts";
import { validateLicense } from "./license-schema.ts";

const amount = z.union([z.string(), z.number()]).transform(String);

const form = z.strictObject({
  developer: z.string().optional(),
  offers: z
    .array(
      z.strictObject({
        chain: z.string().optional(),
        contract: z.string().optional(),
        token: z.string().optional(),
        oneTime: amount.optional(),
        perHour: amount.optional(),
        executionShare: z
          .string()
          .regex(/^\d{1,3}(\.\d{1,4})?\s*%$/, 'a percentage such as "10 %"')
          .optional(),
        meteredCap: amount.optional(),
      }),
    )
    .min(1),
  policy: z
    .strictObject({
      args: z.boolean().default(false),
      env: z.array(z.string()).default([]),
      mounts: z.array(z.string()).default([]),
    })
    .default({ args: false, env: [], mounts: [] }),
});

/** What a license form does not say itself. */
export interface LicenseDefaults {
  readonly chainId: number;
  readonly contract: Address;
  readonly token: Address;
  /** Account that is paid when the form names none. */
  readonly developer: Address;
  /** Decimals of a token, asked for each token that an offer names. */
  decimals(token: Address): Promise<number>;
}

/**
 * Reads `license.yaml`, the form a person writes (amounts of whole tokens, prices per hour, shares in per cent), into
 * the exact license.
 * @throws LICENSE_INVALID, AMOUNT_INVALID
 */
export async function readLicenseForm(text: string, defaults: LicenseDefaults): Promise<License> {
  const parsed = form.safeParse(parseDocument(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new ApocError(podErrors.LICENSE_INVALID, { field: issue.path.join("."), detail: issue.message });
  }
  const { developer, offers, policy } = parsed.data;
  const exact = await Promise.all(
    offers.map(async (offer, index) => {
      const token = offer.token ?? defaults.token;
      const at = (name: string) => `offers.${index}.${name}`;
      if (!isAddress(token)) {
        throw new ApocError(podErrors.LICENSE_INVALID, {
          field: at("token"),
          expected: "an address",
          actual: token,
        });
      }
      const decimals = await defaults.decimals(getAddress(token));
      return {
        chain: offer.chain ?? chainName(defaults.chainId),
        contract: offer.contract ?? defaults.contract,
        token,
        oneTime: parseAmount(offer.oneTime ?? "0", decimals, at("oneTime")).toString(),
        perSecond: hourlyRate(parseAmount(offer.perHour ?? "0", decimals, at("perHour"))).toString(),
        executionShare: partsPerMillion(offer.executionShare ?? "0%"),
        meteredCap: parseAmount(offer.meteredCap ?? "0", decimals, at("meteredCap")).toString(),
      };
    }),
  );
  return validateLicense({
    version: 1,
    developer: developer ?? accountName(defaults.chainId, defaults.developer),
    offers: exact,
    policy: { args: policy.args, env: unique(policy.env), mounts: unique(policy.mounts) },
  });
}

function parseDocument(text: string): unknown {
  try {
    return parseYaml(text, { schema: "core", uniqueKeys: true, maxAliasCount: 0 });
  } catch (cause) {
    throw new ApocError(podErrors.LICENSE_INVALID, { detail: "Neither YAML nor JSON", cause });
  }
}

/** "12.5 %" is 125000 parts per million. */
function partsPerMillion(percent: string): number {
  return Number(parseAmount(percent.replace("%", "").trim(), 4));
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
