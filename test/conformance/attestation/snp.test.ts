import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReport } from "@apoc/attestation";
import { developmentVectors } from "@apoc/attestation/testing";
import { toHex } from "@apoc/encoding";
import { expect, test } from "vitest";
import { runSnpCase, type SnpCase } from "./snp-case.ts";
import { vectorTest } from "./vector-test.ts";
import { cases, folder } from "./vectors.ts";

test("the runner reads files, mutates them, and reports the code", async () => {
  const vectors = developmentVectors;
  const dir = mkdtempSync(join(tmpdir(), "apoc-cases-"));
  try {
    const { report, certificates } = vectors.evidence;
    for (const [name, text] of Object.entries({ report, ...certificates })) {
      writeFileSync(join(dir, name), Buffer.from(text, "base64"));
    }
    const names = {
      product: "Genoa",
      arkCN: "ARK-Dev",
      askCN: "SEV-Dev",
      asvkCN: "SEV-VLEK-Dev",
      dev: true,
    } as const;
    const base: SnpCase = {
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
    };
    const run = async (changes: Partial<SnpCase>) => (await runSnpCase(dir, { ...base, ...changes })).code;
    expect(await run({})).toBe("ACCEPT");
    expect(await run({ policy: { ...base.policy, development: false } })).toBe("DEV_ROOT");
    expect(await run({ mutate: [{ target: "report", offset: 4, xor: 1 }] })).toBe("REPORT_SIGNATURE");
    expect(await run({ mutate: [{ target: "report", offset: 0x2a0, set: "00".repeat(144) }] })).toBe(
      "REPORT_SIGNATURE",
    );
    expect(await run({ mutate: [{ target: "report", truncate: 1183 }] })).toBe("REPORT_SIZE");
    expect(await run({ mutate: [{ target: "vek", append: "00" }] })).toBe("CERT_PARSE");
    expect(await run({ override: { vek: "intermediate" } })).toBe("CA_FLAG");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

// Genuine reports for which the list has no accepting case, at dates their certificates were valid.
for (const [name, product, date] of [
  ["milan-v3-dstack", "milan", "2026-07-01"],
  ["milan-v3-oak", "milan", "2025-06-01"],
  ["milan-v3-azure", "milan", "2025-06-01"],
  ["genoa-v5-oak", "genoa", "2025-09-01"],
  ["turin-v5-oak", "turin", "2025-09-01"],
  ["turin-v5-anolis", "turin", "2026-07-15"],
] as const) {
  vectorTest(`the genuine report ${name} is accepted`, [`snp/${name}`, "snp/milan-v2"], async () => {
    const bytes = readFileSync(`${folder}snp/${name}/report.bin`);
    const report = readReport(bytes)!;
    const { policy } = cases.find(({ id }) => id === "real/milan-v2/ok") as SnpCase;
    const { code, verdict } = await runSnpCase(folder, {
      id: name,
      report: `snp/${name}/report.bin`,
      vek: `snp/${name}/vcek.der`,
      intermediate: `roots/amd/${product}-ask.der`,
      ark: `roots/amd/${product}-ark.der`,
      at: `${date}T00:00:00Z`,
      policy: {
        ...policy,
        measurements: [toHex(report.measurement)],
        reportData: toHex(report.reportData),
        requireAlias: true,
      },
      expect: "ACCEPT",
    });
    expect(code).toBe("ACCEPT");
    expect(verdict.product?.toLowerCase()).toBe(product);
    expect(verdict.development).toBe(false);
  });
}
