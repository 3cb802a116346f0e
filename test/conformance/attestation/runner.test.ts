import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { runCase } from "./cases.ts";

const runner = fileURLToPath(new URL("run.ts", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "apoc-runner-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (cwd: string, ...args: string[]) =>
  spawnSync(process.execPath, ["--conditions=apoc-source", runner, ...args], { encoding: "utf8", cwd });
const write = (name: string, value: unknown) => {
  writeFileSync(join(dir, name), typeof value === "string" ? value : JSON.stringify(value));
  return name;
};

// Bytes that are no report and no quote: what a case says about them is known without vectors.
mkdirSync(join(dir, "files"));
for (const name of ["report", "vek", "ask", "ark", "quote", "root"])
  writeFileSync(join(dir, "files", name), name);
const snp = {
  id: "snp",
  kind: "snp",
  report: "report",
  vek: "vek",
  intermediate: "ask",
  ark: "ark",
  at: "2026-01-01T00:00:00Z",
  policy: { crl: "off", measurements: [], reportData: "", minTcb: {}, vmpl: [0] },
  expect: "REPORT_SIZE",
};
const tdx = {
  id: "tdx",
  kind: "tdx",
  quote: "quote",
  root: "root",
  at: "2026-01-01T00:00:00Z",
  policy: { statuses: [], reportData: "" },
  expect: "QUOTE_LAYOUT",
};
const files = join(dir, "files");

test("paths are relative to the list's folder, or to another", () => {
  const list = write("cases.json", { note: "any", cases: [snp, tdx] });
  expect(run(dir, list).stdout.endsWith("0 passed, 2 failed\n")).toBe(true);
  for (const root of ["files", "./files/", files]) {
    const { status, stdout, stderr } = run(dir, list, "--root", root);
    expect([status, stdout, stderr]).toEqual([0, "2 passed, 0 failed\n", ""]);
  }
  const inside = write("files/cases.json", [snp, tdx]);
  expect(run(tmpdir(), join(relative(tmpdir(), dir), inside)).stdout).toBe("2 passed, 0 failed\n");
  const json = run(dir, list, "--json", "--root=files");
  expect(JSON.parse(json.stdout)).toEqual({
    passed: 2,
    failed: 0,
    outcomes: [snp, tdx].map(({ id, expect: code }) => ({ id, expect: code, actual: code })),
  });
  expect(json.stderr).toBe("2 passed, 0 failed\n");
});

test("a failing and an invalid case are reported and counted, and the others still run", () => {
  const list = write("mixed.json", [
    snp,
    { ...snp, id: "wrong", expect: "ACCEPT" },
    { ...tdx, id: "no file", quote: "no-such-file" },
    { ...tdx, id: "other kind", kind: "sgx" },
    { id: "nothing", expect: "ACCEPT" },
    { ...snp, id: "key", policy: { ...snp.policy, minMicrocode: 3 } },
    null,
    7,
    tdx,
  ]);
  const { status, stdout, stderr } = run(dir, list, "--root", "files");
  expect([status, stderr]).toEqual([1, ""]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.at(-1)).toBe("2 passed, 7 failed");
  expect(lines[0]).toBe("FAIL wrong: ACCEPT, got REPORT_SIZE");
  expect(lines.filter((line) => line.includes(", got ERROR: ")).length).toBe(6);
});

test.for([
  ["no list", "no-such.json"],
  ["no JSON", write("text.json", "cases")],
  ["no cases", write("object.json", { list: [] })],
  ["null", write("null.json", "null")],
])("a list that cannot be run is no success: %s", ([, list]) => {
  const { status, stdout, stderr } = run(dir, list!);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.length).toBeGreaterThan(0);
});

test("an empty list is not a success, nor are two lists or none", () => {
  const empty = run(dir, write("empty.json", []));
  expect([empty.status, empty.stdout]).toEqual([1, "0 passed, 0 failed\n"]);
  expect(run(dir).status).toBe(2);
  expect(run(dir, "empty.json", "empty.json").status).toBe(2);
  expect(run(dir, "empty.json", "--colour").status).toBe(2);
});

test.for<[name: string, code: string, change: object]>([
  ["an override of a file", "REPORT_SIZE", { ...snp, report: "no-such-file", override: { report: "vek" } }],
  ["a list that is missing", "ERROR", { ...snp, crl: "no-such-file" }],
  ["nothing to change", "ERROR", { ...snp, mutate: [{ target: "crl", offset: 0, xor: 1 }] }],
  ["a byte outside", "ERROR", { ...snp, mutate: [{ target: "report", offset: 900, xor: 1 }] }],
  ["no policy", "ERROR", { ...snp, policy: undefined }],
  ["a policy that is a list", "ERROR", { ...tdx, policy: [] }],
  ["a date that is none", "REPORT_SIZE", { ...snp, at: "yesterday" }],
  ["no date", "QUOTE_LAYOUT", { ...tdx, at: undefined }],
  ["keys that say nothing", "REPORT_SIZE", { ...snp, policy: { ...snp.policy, other: null, more: false } }],
  ["both kinds of bytes", "QUOTE_LAYOUT", { ...snp, ...tdx }],
  ["no kind", "QUOTE_LAYOUT", { ...tdx, kind: undefined }],
  ["collateral that is no JSON", "ERROR", { ...tdx, collateral: "root" }],
])("%s gives one verdict: %s", async ([, code, one]) => {
  const { actual } = await runCase(files, one as Parameters<typeof runCase>[1]);
  expect(actual.split(":")[0]).toBe(code);
});
