import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { clearMemos } from "../../../packages/attestation/src/memo.ts";
import { runCase } from "./cases.ts";
import { flipBits, snpFlipCases, snpTargets, tdxFlipCases, tdxTargets } from "./flip.ts";
import { runSnpCase } from "./snp-case.ts";
import { runTdxCase } from "./tdx-case.ts";
import { available, cases, folder } from "./vectors.ts";

const runner = fileURLToPath(new URL("run.ts", import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--conditions=apoc-source", runner, ...args], { encoding: "utf8" });

test("a list that cannot be read is no success", () => {
  const { status, stdout, stderr } = run(`${folder}no-such-list.json`);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("no-such-list.json");
});

if (available) {
  test("the lists have cases that accept and cases for many codes", () => {
    const codes = new Set(cases.map(({ expect: code }) => code));
    expect(codes).toContain("ACCEPT");
    expect(codes.size).toBeGreaterThan(60);
    expect(cases.length).toBe(215);
  });

  test.for(cases)("$id: $expect", async (one) => {
    expect(await runCase(folder, one)).toEqual({ id: one.id, expect: one.expect, actual: one.expect });
  });

  test("every check of every case gives the same whatever was verified before", async () => {
    const checks = async (one: (typeof cases)[number]) => {
      const { verdict } = "quote" in one ? await runTdxCase(folder, one) : await runSnpCase(folder, one);
      return { ...verdict, checks: verdict.checks.results };
    };
    // Once with nothing remembered, once with all that the other cases left, once with its own.
    const alone: unknown[] = [];
    for (const one of cases) {
      clearMemos();
      alone.push(await checks(one));
    }
    for (const [index, one] of cases.toReversed().entries()) {
      expect(await checks(one), one.id).toEqual(alone.at(-1 - index));
      expect(await checks(one), one.id).toEqual(alone.at(-1 - index));
    }
  });

  test("the runner ends with the numbers, and says as JSON what each case gave", () => {
    const { status, stdout } = run(`${folder}tdx-cases.json`);
    expect(stdout).toBe("73 passed, 0 failed\n");
    expect(status).toBe(0);
    const json = run(`${folder}tdx-cases.json`, "--root", folder, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ passed: 73, failed: 0 });
    expect(json.stderr).toBe("73 passed, 0 failed\n");
    const elsewhere = run(`${folder}tdx-cases.json`, "--root", `${folder}roots`);
    expect(elsewhere.status).toBe(1);
    expect(elsewhere.stdout.endsWith("0 passed, 73 failed\n")).toBe(true);
  });

  // A sample of what flips.ts does with every bit.
  test.for([
    ...snpFlipCases(folder, cases).flatMap((one) => snpTargets(folder, one)),
    ...tdxFlipCases(folder).flatMap((one) => tdxTargets(folder, one)),
  ])("no changed bit is accepted: $name", async (target) => {
    const { flips, accepted, untyped } = await flipBits(target, 211);
    expect(flips).toBeGreaterThan(0);
    expect({ accepted, untyped }).toEqual({ accepted: [], untyped: [] });
  });
}
