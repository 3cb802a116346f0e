import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { clearMemos } from "@apoc/attestation/testing";
import { readCases, runCase } from "./cases.ts";
import { flipBits, snpFlipCases, snpTargets, tdxFlipCases, tdxTargets } from "./flip.ts";
import { runSnpCase } from "./snp-case.ts";
import { runTdxCase } from "./tdx-case.ts";
import { cases, complete, filesOf, folder, leaveOut, lists, missingCases, publicList } from "./vectors.ts";

const runner = fileURLToPath(new URL("run.ts", import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--conditions=apoc-source", runner, ...args], { encoding: "utf8" });

test("an unreadable list is not a success", () => {
  const { status, stdout, stderr } = run(`${folder}no-such-list.json`);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("no-such-list.json");
});

if (complete) {
  test("the lists have accepting cases and cases for many codes", () => {
    const codes = new Set(cases.map(({ expect: code }) => code));
    expect(codes).toContain("ACCEPT");
    expect(codes.size).toBeGreaterThan(60);
    expect(cases.length).toBe(215);
  });

  test.for(["snp", "tdx"] as const)(
    "the public list of %s has the cases of public packages' files",
    (kind) => {
      const text = readFileSync(new URL("public/sources.json", import.meta.url), "utf8");
      const { packages } = JSON.parse(text) as { packages: { files: { file: string }[] }[] };
      const published = new Set(packages.flatMap(({ files }) => files.map(({ file }) => file)));
      const own = readCases(lists[kind]).filter((one) => filesOf(one).every((file) => published.has(file)));
      expect(readCases(publicList(kind))).toEqual(own);
    },
  );
} else leaveOut("the cases of vectors that no public package ships", ["../shared/vectors"]);
for (const { id, missing } of missingCases) leaveOut(id, missing);

if (cases.length > 0) {
  test.for(cases)("$id: $expect", async (one) => {
    expect(await runCase(folder, one)).toEqual({ id: one.id, expect: one.expect, actual: one.expect });
  });

  test("every check of every case has the same result whatever was verified before", async () => {
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

  test("the runner ends with the numbers, and prints the result of each case as JSON", () => {
    const dir = mkdtempSync(join(tmpdir(), "apoc-cases-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const list = join(dir, "tdx-cases.json");
    const own = cases.filter((one) => "quote" in one);
    writeFileSync(list, JSON.stringify({ cases: own }));
    const passed = `${own.length} passed, 0 failed\n`;
    const { status, stdout } = run(list, "--root", folder);
    expect(stdout).toBe(passed);
    expect(status).toBe(0);
    const json = run(list, "--root", folder, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ passed: own.length, failed: 0 });
    expect(json.stderr).toBe(passed);
    const elsewhere = run(list);
    expect(elsewhere.status).toBe(1);
    expect(elsewhere.stdout.endsWith(`0 passed, ${own.length} failed\n`)).toBe(true);
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
