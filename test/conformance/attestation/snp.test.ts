import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runSnpCase, type SnpCase } from "./snp-case.ts";

// The list lies outside of the repository. Without it the package's own tests cover the verifier.
const folder = fileURLToPath(new URL("../../../../shared/vectors/attestation/", import.meta.url));
const list = `${folder}snp-cases.json`;
const cases: SnpCase[] = existsSync(list)
  ? (JSON.parse(readFileSync(list, "utf8")) as { cases: SnpCase[] }).cases
  : [];

test.runIf(cases.length > 0)("the list has cases that accept and cases for many codes", () => {
  const codes = new Set(cases.map(({ expect: code }) => code));
  expect(codes).toContain("ACCEPT");
  expect(codes.size).toBeGreaterThan(30);
});

test.for(cases)("$id: $expect", async (snpCase) => {
  const { code } = await runSnpCase(folder, snpCase);
  expect(code).toBe(snpCase.expect);
});
