import type { ApocError } from "@apoc/errors";
import fc from "fast-check";
import { hashTypedData } from "viem";
import { expect, test } from "vitest";
import { podErrors } from "../errors.ts";
import { encodeLicense, licenseHash, licenseTypes, parseLicense, readLicenseForm } from "./index.ts";
import type { License } from "./license.ts";

const developer = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const token = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
const license: License = {
  version: 1,
  developer: `eip155:31337:${developer}`,
  offers: [
    {
      chain: "eip155:31337",
      contract,
      token,
      oneTime: 25_000_000n,
      perSecond: 47_721_858n,
      executionShare: 100_000,
      meteredCap: 0n,
    },
  ],
  policy: { args: true, env: ["LEDGER_MODE"], mounts: ["/data"] },
};

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as ApocError).code;
  }
  return undefined;
}

test("a license survives its canonical text, and its hash depends on every field", () => {
  const text = encodeLicense(license);
  expect(parseLicense(text)).toEqual(license);
  const offer = license.offers[0]!;
  const variants: License[] = [
    { ...license, developer: `eip155:1:${developer}` },
    { ...license, offers: [{ ...offer, oneTime: 24_000_000n }] },
    { ...license, offers: [{ ...offer, perSecond: 0n }] },
    { ...license, offers: [{ ...offer, executionShare: 1 }] },
    { ...license, offers: [{ ...offer, meteredCap: 1n }] },
    { ...license, offers: [{ ...offer, token: contract }] },
    { ...license, offers: [{ ...offer, contract: token }] },
    { ...license, offers: [{ ...offer, chain: "eip155:1" }] },
    { ...license, offers: [offer, offer] },
    { ...license, policy: { ...license.policy, args: false } },
    { ...license, policy: { ...license.policy, env: [] } },
    { ...license, policy: { ...license.policy, mounts: ["/data", "/more"] } },
  ];
  expect(new Set([license, ...variants].map(licenseHash)).size).toBe(variants.length + 1);
});

test("the hash is the struct hash of EIP-712: typed-data hash without domain separator differs, types are closed", () => {
  expect(licenseHash(license)).toMatch(/^0x[0-9a-f]{64}$/);
  const typed = hashTypedData({
    domain: {},
    types: licenseTypes,
    primaryType: "License",
    message: {
      ...license,
      version: 1n,
      offers: license.offers.map((o) => ({ ...o })),
      policy: { ...license.policy, env: [...license.policy.env], mounts: [...license.policy.mounts] },
    },
  });
  expect(typed).not.toBe(licenseHash(license));
});

test("text that is not canonical is refused, whatever differs", () => {
  const text = encodeLicense(license);
  expect(codeOf(() => parseLicense(` ${text}`))).toBe(podErrors.LICENSE_NOT_CANONICAL.code);
  expect(codeOf(() => parseLicense(JSON.stringify(JSON.parse(text), null, 1)))).toBe(
    podErrors.LICENSE_NOT_CANONICAL.code,
  );
  expect(codeOf(() => parseLicense(text.replace('"oneTime":"25000000"', '"oneTime":"025000000"')))).toBe(
    podErrors.LICENSE_INVALID.code,
  );
  expect(codeOf(() => parseLicense(text.replace(developer, developer.toLowerCase())))).toBe(
    podErrors.LICENSE_INVALID.code,
  );
  expect(codeOf(() => parseLicense(text.replace('"version":1', '"version":1,"extra":2')))).toBe(
    podErrors.LICENSE_INVALID.code,
  );
  expect(codeOf(() => parseLicense(text.replace("/data", "/data/../etc")))).toBe(
    podErrors.LICENSE_INVALID.code,
  );
});

test("arbitrary text is answered by a coded error, never by another", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const code = codeOf(() => parseLicense(text));
      expect(code).toMatch(/^APOC-5\d\d\d$/);
    }),
    { numRuns: 500 },
  );
});

test("the form of a person becomes exact terms", async () => {
  const form = `
offers:
- oneTime: 25.00
  executionShare: 10 %
- perHour: "0.04"
policy:
  args: true
  env: [LEDGER_MODE, A]
  mounts: [/data]
`;
  const read = await readLicenseForm(form, {
    chainId: 31337,
    contract,
    token,
    developer,
    decimals: async () => 6,
  });
  expect(read.offers).toEqual([
    {
      chain: "eip155:31337",
      contract,
      token,
      oneTime: 25_000_000n,
      perSecond: 0n,
      executionShare: 100_000,
      meteredCap: 0n,
    },
    {
      chain: "eip155:31337",
      contract,
      token,
      oneTime: 0n,
      perSecond: (40_000n << 32n) / 3600n + 1n,
      executionShare: 0,
      meteredCap: 0n,
    },
  ]);
  expect(read.developer).toBe(`eip155:31337:${developer}`);
  expect(read.policy.env).toEqual(["A", "LEDGER_MODE"]);
});

test.each([
  ["offers: []", podErrors.LICENSE_INVALID.code],
  ["offers: [{oneTime: 1.0000001}]", "APOC-4001"],
  ["offers: [{oneTime: -1}]", "APOC-4001"],
  ["offers: [{share: 10}]", podErrors.LICENSE_INVALID.code],
  ["offers: [{oneTime: 1}]\npolicy: {mounts: [data]}", podErrors.LICENSE_INVALID.code],
  ["offers: [{oneTime: 1, token: hello}]", podErrors.LICENSE_INVALID.code],
  ["offers: [", podErrors.LICENSE_INVALID.code],
])("the form %j is refused", async (form, code) => {
  const defaults = { chainId: 31337, contract, token, developer, decimals: async () => 6 } as const;
  await expect(readLicenseForm(form, defaults)).rejects.toMatchObject({ code });
});
