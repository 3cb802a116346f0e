import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReport } from "@apoc/attestation";
import { developmentVectors } from "@apoc/attestation/testing";
import { toHex } from "@apoc/encoding";
import { expect, test } from "vitest";
import { bundlePage, pageCases, runInChromium } from "./browser.ts";
import { type Case, runCase } from "./cases.ts";
import { findChromium } from "./chromium.ts";
import { snpFlipCases, tdxFlipCases } from "./flip.ts";
import { snpMatrix } from "./snp-matrix.ts";
import { tdxMatrix } from "./tdx-matrix.ts";
import { cases, filesOf, folder, has } from "./vectors.ts";

const chromium = findChromium();
if (chromium === undefined && process.env["CI"] === undefined)
  process.stderr.write("no Chromium: cases are not run in a browser; scripts/setup.sh --with chromium\n");

test("the bundle of the verifier's main entry needs nothing of Node", async () => {
  const script = await bundlePage();
  expect(script).toContain("crypto.subtle.verify");
  expect(script).not.toMatch(/browser-external|["']node:/);
});

test.runIf(chromium !== undefined || process.env["CI"] !== undefined)(
  "Chromium gives the same code as Node for every case",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "apoc-cases-"));
    try {
      const own = ownCases(dir);
      await compare(dir, own);
      const genuine = [
        ...snpFlipCases(folder, cases).map((one) => ({ ...one, kind: "snp" as const })),
        ...tdxFlipCases(folder).map((one) => ({ ...one, kind: "tdx" as const })),
      ];
      const made = [...snpMatrix, ...tdxMatrix].filter((one) => has(...filesOf(one)));
      await compare(folder, [...cases, ...genuine, ...made]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

async function compare(root: string, cases: readonly Case[]): Promise<void> {
  const there = await runInChromium(chromium ?? "chromium", await bundlePage(), pageCases(root, cases));
  expect(there.browser).toMatch(/Chrome/);
  const here = await Promise.all(cases.map((one) => runCase(root, one)));
  expect(there.outcomes).toEqual(here);
  expect(there.outcomes.filter(({ expect: code, actual }) => code !== actual)).toEqual([]);
}

/** Cases of the repository's own development evidence. */
function ownCases(dir: string): Case[] {
  const vectors = developmentVectors;
  const { report, certificates } = vectors.evidence;
  for (const [name, text] of Object.entries({ report, ...certificates }))
    writeFileSync(join(dir, name), Buffer.from(text, "base64"));
  const names = {
    product: "Genoa",
    arkCN: "ARK-Dev",
    askCN: "SEV-Dev",
    asvkCN: "SEV-VLEK-Dev",
    dev: true,
  } as const;
  const base = {
    kind: "snp",
    id: "own",
    report: "report",
    vek: "vek",
    intermediate: "intermediate",
    ark: "root",
    at: vectors.at,
    policy: {
      roots: { [vectors.rootSha256]: names },
      development: true,
      crl: "off",
      allowSmt: true,
      vmpl: [0],
      minTcb: { Genoa: {} },
      measurements: [vectors.measurement],
      reportData: toHex(readReport(Buffer.from(report, "base64"))!.reportData),
    },
    expect: "ACCEPT",
  } as const satisfies Case;
  const changed = (target: string, offset: number, code: string): Case => ({
    ...base,
    id: `own ${target} ${offset}`,
    mutate: [{ target, offset, xor: 1 }],
    expect: code,
  });
  return [
    base,
    changed("report", 0x2a0, "REPORT_SIGNATURE"),
    changed("report", 0x2e8, "REPORT_SIGNATURE"),
    changed("vek", 900, "CERT_SIGNATURE"),
    {
      ...base,
      id: "own, not a development policy",
      policy: { ...base.policy, development: false },
      expect: "DEV_ROOT",
    },
  ];
}
