import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runCase } from "./cases.ts";
import { snpMatrix } from "./snp-matrix.ts";
import { tdxMatrix } from "./tdx-matrix.ts";
import { complete, filesOf, folder, has, leaveOut } from "./vectors.ts";

const made = [...snpMatrix, ...tdxMatrix];
const all = made.filter((one) => has(...filesOf(one)));
const subjects = [...new Set(all.map(({ id, kind }) => `${kind} ${id.split(": ")[0]}`))];

if (!complete)
  leaveOut("changes to reports, quotes and collateral that no public package ships", ["../shared/vectors"]);

describe("cases that are in no list", () => {
  test("cover every kind of change to every genuine report and quote", () => {
    expect(new Set(all.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(all.length);
    if (!complete) return;
    expect(made.length).toBe(all.length);
    expect(subjects.length).toBe(12 + 9 + 2);
    expect(all.length).toBeGreaterThan(1000);
    expect(new Set(all.map(({ expect: code }) => code)).size).toBeGreaterThan(75);
  });

  test.for(subjects)("%s: every change gives its code", async (subject) => {
    const own = all.filter(({ id, kind }) => `${kind} ${id.split(": ")[0]}` === subject);
    const found = await Promise.all(own.map((one) => runCase(folder, one)));
    expect(found.map(({ id, actual }) => [id, actual])).toEqual(own.map((one) => [one.id, one.expect]));
  });

  test("can be run as a list", () => {
    const dir = mkdtempSync(join(tmpdir(), "apoc-matrix-"));
    try {
      writeFileSync(join(dir, "cases.json"), JSON.stringify({ cases: all }));
      const runner = fileURLToPath(new URL("run.ts", import.meta.url));
      const { stdout } = spawnSync(
        process.execPath,
        ["--conditions=apoc-source", runner, join(dir, "cases.json"), "--root", folder],
        { encoding: "utf8" },
      );
      expect(stdout).toBe(`${all.length} passed, 0 failed\n`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
