import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { providerKeyId, reportData } from "./claims.ts";
import { fromHex, toHex } from "./encoding.ts";
import { attestationErrors } from "./errors.ts";
import { parseTrustPolicy, policyDigest } from "./policy.ts";
import { amdRoots } from "./snp/root.ts";

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
    tlsKey: bytes("tlsKey"),
    chainId: BigInt(values.chainId),
    provider: values["provider"] as `0x${string}`,
    policyDigest: bytes("policyDigest"),
  };
  expect(toHex(reportData(bytes("nonce"), claims))).toBe(values["reportData"]);
  expect(providerKeyId(claims.wrappingKey)).toBe(values["providerKeyId"]);
});

test("the digest of the example policy", () => {
  const { block, after } = example("trust-policy");
  const policy = parseTrustPolicy(block);
  expect(after).toContain(`Its digest is \`${policyDigest(policy)}\`.`);
  expect(policy.maxAge).toBe(604_800);
});

test("the fingerprints of AMD's roots", () => {
  for (const { product, sha256 } of amdRoots)
    expect(specification).toContain(`| ${product} | \`${sha256}\` |`);
});

test("the table of checks: every code, its number, and their order", () => {
  const rows = [...specification.matchAll(/^\| `([A-Z_]+)` \| (3\d{3}) \|/gm)].map(([, name, number]) => [
    name,
    `APOC-${number}`,
  ]);
  const checks = Object.entries(attestationErrors).filter(([, { code }]) =>
    /^APOC-(301\d|31\d\d)$/.test(code),
  );
  expect(rows).toEqual(checks.map(([name, { code }]) => [name, code]));
});
