import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromHex, toHex } from "@apoc/encoding";
import { meterAddress, providerKeyId } from "./claim-keys.ts";
import { reportData } from "./claims.ts";
import { attestationErrors } from "./errors.ts";
import { parseTrustPolicy, policyDigest } from "./policy.ts";
import { amdRoots } from "./snp/root.ts";
import { intelRoot } from "./tdx/root.ts";
import { tcbStatuses } from "./tdx/tcb-status.ts";
import { verify } from "./testing/tdx-verification.ts";

const specification = readFileSync(new URL("../../../docs/spec/evidence.md", import.meta.url), "utf8");

/** The fenced block that is marked `example=NAME`, and the text after it. */
function example(name: string): { block: string; after: string } {
  const match = new RegExp("^```\\w+ example=" + name + "\\n([\\s\\S]*?)^```\\n([\\s\\S]*)", "m").exec(
    specification,
  );
  if (match === null) throw new Error(`docs/spec/evidence.md has no example ${name}`);
  return { block: match[1] ?? "", after: match[2] ?? "" };
}

test("report data and provider key id of the example", () => {
  const values = JSON.parse(example("report-data").block) as Record<string, string> & { chainId: number };
  const bytes = (name: string) => fromHex(values[name] ?? "");
  const claims = {
    wrappingKey: bytes("wrappingKey"),
    hpkeKey: bytes("hpkeKey"),
    meterKey: bytes("meterKey"),
    tlsKey: bytes("tlsKey"),
    chainId: BigInt(values.chainId),
    provider: values["provider"] as `0x${string}`,
    configurationDigest: bytes("configurationDigest"),
    nodePolicyDigest: bytes("nodePolicyDigest"),
  };
  expect(toHex(reportData(bytes("nonce"), claims))).toBe(values["reportData"]);
  expect(providerKeyId(claims.wrappingKey)).toBe(values["providerKeyId"]);
  expect(meterAddress(claims.meterKey)).toBe(values["meterAddress"]);
});

test("the digest of the example policy", () => {
  const { block, after } = example("trust-policy");
  const policy = parseTrustPolicy(block);
  expect(after).toContain(`Its digest is \`${policyDigest(policy)}\`.`);
  expect(policy.maxAge).toBe(604_800);
});

test("the fingerprints of the roots", () => {
  expect(specification).toContain(`| Intel | \`${intelRoot.sha256}\` |`);
  for (const { product, sha256 } of amdRoots)
    expect(specification).toContain(`| ${product} | \`${sha256}\` |`);
});

/** Code and number of each row of the table that stands between two texts. */
function rows(from: string, to: string): [name: string | undefined, number: string][] {
  const part = specification.slice(specification.indexOf(from), specification.indexOf(to));
  return [...part.matchAll(/^\| `([A-Z_0-9<>a-z]+)` \| (3\d{3})(?:–\d{4})? \|/gm)].map(([, name, number]) => [
    name,
    `APOC-${number}`,
  ]);
}

test("the tables of envelope and SNP: every code, its number, and their order", () => {
  const checks = Object.entries(attestationErrors).filter(([, { code }]) =>
    /^APOC-(301\d|3022|31\d\d)$/.test(code),
  );
  const found = rows("The envelope:", 'TDX. "Chain"');
  expect(found).toEqual(checks.map(([name, { code }]) => [name, code]));
});

test("the table of TDX: every check, its number, and their order", async () => {
  const { checks } = await verify();
  const found = rows('TDX. "Chain"', "Of each list of levels");
  expect(found).toEqual(
    checks.results.map(({ name }) => [
      name.replace("STATUS_UpToDate", "STATUS_<status>"),
      attestationErrors[name].code,
    ]),
  );
  const own = Object.values(attestationErrors).filter(({ code }) => code.startsWith("APOC-32"));
  expect(found.filter(([, code]) => code.startsWith("APOC-32")).length).toBe(
    own.length - (tcbStatuses.length - 1),
  );
});

test("the table of Azure: every check, its number, and their order", () => {
  const checks = Object.entries(attestationErrors).filter(([, { code }]) => code.startsWith("APOC-33"));
  const found = rows("Azure, before the checks", "## Result");
  expect(found).toEqual(checks.map(([name, { code }]) => [name, code]));
});
