import { readFileSync } from "node:fs";
import {
  parseTrustPolicy,
  snpReferenceValues,
  tdxReferenceValues,
  verifySnp,
  verifyTdx,
} from "@apoc/attestation";
import { describe, expect } from "vitest";
import { snpFlipCases, tdxFlipCases } from "./flip.ts";
import { readSnpCase, runSnpCase, snpCaseReference } from "./snp-case.ts";
import { runTdxCase } from "./tdx-case.ts";
import { vectorTest } from "./vector-test.ts";
import { cases, codeOf, folder } from "./vectors.ts";

const denyAll = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: p\nsnp: {}\ntdx: {}\n");
const tdxDev = (id: string, quote: number, collateral: number) =>
  codeOf(id, {
    quote: `tdx-dev/quote-${String(quote).padStart(2, "0")}.bin`,
    collateral: `tdx-dev/collateral-${String(collateral).padStart(2, "0")}.json`,
  });
const good = "dev/ok-v5";

/** What other verifiers were seen to do wrong, each with what this one does. */
describe("defects of other verifiers", () => {
  vectorTest(
    "1: every Turin report is refused for its FMC extension",
    ["snp/turin-v5-anolis", "snp/turin-v5-oak", "snp/genoa-v3-azure"],
    async () => {
      const [, turin] = snpFlipCases(folder, cases);
      expect((await runSnpCase(folder, turin!)).code).toBe("ACCEPT");
      const other = { ...turin!, report: "snp/turin-v5-oak/report.bin", vek: "snp/turin-v5-oak/vcek.der" };
      const { verdict } = await runSnpCase(folder, { ...other, at: "2025-09-01T00:00:00Z" });
      // The policy names the measurement and the report data of the first one; nothing else may fail.
      const failed = verdict.checks.results.filter((check) => check.verdict === "fail");
      expect(failed.map(({ name }) => name)).toEqual(["MEASUREMENT", "REPORT_DATA"]);
    },
  );

  vectorTest("2: a genuine Bergamo report ends in a crash", ["snp/genoa-v3-bergamo"], async () => {
    expect(await codeOf("real/genoa-v3-bergamo/ok")).toBe("ACCEPT");
  });

  vectorTest(
    "3: revocation is off by default, and then looks at one serial only",
    ["snp/genoa-v3-azure", "snp-dev"],
    async () => {
      const [genoa] = snpFlipCases(folder, cases);
      const { evidence } = readSnpCase(folder, genoa!);
      const reference = { ...snpCaseReference(genoa!.policy), roots: snpReferenceValues(denyAll).roots };
      const bound = Uint8Array.from(Buffer.from(genoa!.policy.reportData, "hex"));
      const { checks } = await verifySnp(evidence, reference, bound, new Date(genoa!.at));
      expect(checks.firstFailure?.name).toBe("CRL_MISSING");
      expect(await codeOf("dev/crl-ask-revoked")).toBe("INTERMEDIATE_REVOKED");
      expect(await codeOf("dev/crl-wrong-signer")).toBe("CRL_SIGNATURE");
      expect(await codeOf("dev/crl-stale")).toBe("CRL_STALE");
      expect(await codeOf("dev/crl-serial-00-must-not-kill-vcek")).toBe("ACCEPT");
    },
  );

  vectorTest("4: a module that is up to date masks a platform that is out of date", ["tdx-dev"], async () => {
    expect(await codeOf("dev/platform-outofdate-module-uptodate")).toBe("STATUS_OutOfDate");
    expect(await codeOf("dev/module-outofdate")).toBe("STATUS_OutOfDate");
    expect(await codeOf("dev/config-needed+module-outofdate")).toBe("STATUS_OutOfDateConfigurationNeeded");
  });

  vectorTest(
    "5: a genuine guest that can be debugged is accepted, and version 5 is not read",
    ["tdx/v4-debug-trustee", "tdx/v4-phala", "tdx/v5-google", "tdx-dev"],
    async () => {
      expect(await codeOf("real/v4-debug-trustee")).toBe("DEBUG");
      const [, google] = tdxFlipCases(folder);
      expect((await runTdxCase(folder, google!)).code).toBe("ACCEPT");
      expect(await codeOf("dev/service-td")).toBe("SERVICE_TD");
    },
  );

  vectorTest(
    "6: the chip id is never compared, dates are not read, and the host decides which kind of key it is",
    ["snp/genoa-v3-bergamo", "snp/genoa-v3-azure", "snp-dev"],
    async () => {
      expect(await codeOf("real/genoa-v3-bergamo/flip-chip_id")).toBe("VEK_HWID_MISMATCH");
      expect(await codeOf("real/genoa-v3-azure/vek-expired")).toBe("CERT_EXPIRED");
      expect(await codeOf("dev/vlek-report-with-vcek-cert")).toBe("CERT_NAME");
      expect(await codeOf("dev/vcek-report-with-vlek-cert")).toBe("CERT_NAME");
    },
  );

  vectorTest(
    "7: extensions are not compared with the report, versions 4 and 5 and VLEKs are refused",
    ["snp/milan-v3-vlek-aws", "snp-dev"],
    async () => {
      for (const id of ["dev/vek-tcb-tee", "dev/vek-tcb-snp", "dev/vek-tcb-ucode"])
        expect(await codeOf(id)).toBe("VEK_TCB_MISMATCH");
      expect(await codeOf("dev/v5-mitigation-ok")).toBe("ACCEPT");
      expect(await codeOf("real/milan-v3-vlek-aws/ok")).toBe("ACCEPT");
    },
  );

  vectorTest(
    "8: without root, intermediate or any certificate a forged report is accepted",
    ["snp/genoa-v3-azure", "snp-dev"],
    async () => {
      const [genoa] = snpFlipCases(folder, cases);
      const { evidence } = readSnpCase(folder, genoa!);
      const bound = Uint8Array.from(Buffer.from(genoa!.policy.reportData, "hex"));
      const none = new Uint8Array();
      for (const missing of [["root"], ["intermediate", "root"], ["vek", "intermediate", "root"]] as const) {
        const certificates = {
          ...evidence.certificates,
          ...Object.fromEntries(missing.map((place) => [place, none])),
        };
        const reference = snpCaseReference(genoa!.policy);
        const { checks } = await verifySnp(
          { ...evidence, certificates },
          reference,
          bound,
          new Date(genoa!.at),
        );
        expect(checks.firstFailure?.name).toBe("CERT_PARSE");
        expect(checks.results.find(({ name }) => name === "ROOT_UNTRUSTED")?.verdict).toBe("fail");
      }
      expect(await codeOf("dev/other-root-chain")).toBe("ROOT_UNTRUSTED");
      expect(await codeOf("dev/dev-root-not-in-policy")).toBe("ROOT_UNTRUSTED");
    },
  );

  const intel = ["tdx/v4-phala", "tdx/v4-google-unsupported-tcb", "tdx/v5-phala-unsupported-tcb"];
  vectorTest("9: lists of Intel go unread, and collateral is not required", intel, async () => {
    expect(await codeOf("real/v4-phala/root-crl-empty")).toBe("CRL_PARSE");
    expect(await codeOf("real/v4-google-unsupported-tcb/crls-garbage")).toBe("CRL_PARSE");
    expect(await codeOf("real/v5-phala-unsupported-tcb/pck-crl-flip")).toBe("PCK_CRL_INVALID");
    // Without collateral nothing of Intel's root is accepted.
    const quote = readFileSync(`${folder}tdx/v4-phala/quote.bin`);
    const at = new Date("2025-06-20T12:00:00Z");
    const { checks } = await verifyTdx({ quote }, tdxReferenceValues(denyAll), new Uint8Array(64), at);
    expect(checks.firstFailure?.name).toBe("TDX_COLLATERAL");
  });

  vectorTest("9: much of the collateral is not compared", ["tdx-dev"], async () => {
    expect(await codeOf("dev/pck-crl-wrong-signer")).toBe("PCK_CRL_INVALID");
    expect(await codeOf("dev/crls-swapped")).toBe("ROOT_CRL_INVALID");
    expect(await codeOf("dev/root-crl-stale")).toBe("ROOT_CRL_STALE");
    expect(await tdxDev(good, 1, 14)).toBe("PCK_CRL_STALE");
    expect(await codeOf("dev/module-unknown-version")).toBe("TDX_MODULE_MISMATCH");
    expect(await tdxDev(good, 17, 1)).toBe("TDX_MODULE_MISMATCH");
    expect(await tdxDev(good, 18, 1)).toBe("TDX_MODULE_MISMATCH");
    expect(await codeOf("dev/module-revoked")).toBe("STATUS_Revoked");
    expect(await codeOf("dev/pceid")).toBe("FMSPC_MISMATCH");
    expect(await codeOf("dev/vendor")).toBe("QE_VENDOR");
    expect(await codeOf("dev/pck-cn")).toBe("CERT_NAME");
    expect(await tdxDev(good, 1, 22)).toBe("TCB_SIGNER_NAME");
    // The module has a major version: its first two components are its identity's business.
    expect(await codeOf("dev/module-index-01-skipped")).toBe("ACCEPT");
  });

  vectorTest(
    "10: only one product and one kind of key are known",
    ["snp/genoa-v3-azure", "snp/turin-v5-anolis", "snp/milan-v3-vlek-aws", "snp/milan-v2"],
    async () => {
      for (const id of ["real/milan-v2/ok", "real/genoa-v3-azure/ok", "real/milan-v3-vlek-aws/ok"])
        expect(await codeOf(id)).toBe("ACCEPT");
      const [, turin] = snpFlipCases(folder, cases);
      expect((await runSnpCase(folder, turin!)).code).toBe("ACCEPT");
    },
  );
});
