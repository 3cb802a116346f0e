import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  type AzureWrapping,
  type Claims,
  type Evidence,
  amdRoots,
  evidenceDocument,
  parseEvidence,
  parseTrustPolicy,
  parseHclReport,
  parseQuote,
  readReport,
  reportData,
  type SnpReferenceValues,
  snpReferenceValues,
  intelRoot,
  type TdxReferenceValues,
  tdxReferenceValues,
  verifyTdx,
  tpmExtraData,
  verifyAzureWrapping,
  verifyEvidence,
  verifySnp,
} from "@apoc/attestation";
import { azureMachine, hclReport } from "@apoc/attestation/testing";
import { concatBytes, fromHex, toHex } from "@apoc/encoding";
import { createDevelopmentRoot, createDevelopmentTee, developmentTrustPolicy } from "@apoc/devnet/tee";
import { expect, test } from "vitest";
import { folder, has, leaveOut } from "./vectors.ts";

test("complete Azure SNP evidence: parsed, affirmed by its policy, refused by every other", async () => {
  const root = await createDevelopmentRoot({});
  const tee = createDevelopmentTee({ root });
  const machine = await azureMachine();
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wrappingKey = Uint8Array.from(publicKey.export({ format: "der", type: "spki" }));
  const claims: Claims = {
    wrappingKey,
    hpkeKey: concatBytes([0x00, 0x10], wrappingKey.slice(-65)),
    meterKey: fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    tlsKey: new Uint8Array(),
    chainId: 31337n,
    provider: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    configurationDigest: new Uint8Array(32),
    nodePolicyDigest: new Uint8Array(32),
  };
  const nonce = new Uint8Array(32).fill(9);
  const message = machine.quote(tpmExtraData(reportData(nonce, claims)));
  const own: Evidence = {
    version: 2,
    kind: "azure-snp",
    nonce,
    claims,
    hclReport: hclReport("snp", tee.report(machine.reportData), machine.runtimeData),
    tpm: { message, signature: await machine.sign(message), pcrs: machine.pcrs },
    certificates: tee.certificates,
  };
  const evidence = parseEvidence(JSON.stringify(evidenceDocument(own)));
  expect(evidenceDocument(evidence)).toEqual(evidenceDocument(own));

  const snpOnly = developmentTrustPolicy(root);
  const azure = `${snpOnly}azure:\n  pcrs:\n    4: ["${toHex(machine.pcrs[4]!)}"]\n`;
  const first = async (policy: string, subject = evidence, asked = nonce) => {
    const result = await verifyEvidence(subject, { nonce: asked, policy: parseTrustPolicy(policy) });
    return result.checks.find(({ verdict }) => verdict === "fail")?.name ?? result.status;
  };
  expect(await first(azure)).toBe("affirming");
  expect(await first(snpOnly)).toBe("EVIDENCE_KIND");
  expect(await first(azure.replace("4:", "5:"))).toBe("TPM_PCRS");
  expect(await first(`${snpOnly}azure: {}\n`)).toBe("TPM_PCRS");
  expect(await first(azure, { ...evidence, nonce: new Uint8Array(32) }, new Uint8Array(32))).toBe(
    "TPM_NONCE",
  );
  const provider = "0x0000000000000000000000000000000000000001";
  expect(await first(azure, { ...evidence, claims: { ...claims, provider } })).toBe("TPM_NONCE");
  // A report of the same hardware that binds something else, under the same runtime data.
  const foreign = {
    ...own,
    hclReport: hclReport("snp", tee.report(new Uint8Array(64)), machine.runtimeData),
  };
  expect(await first(azure, foreign)).toBe("RUNTIME_DATA");
  // The plain kind does not take the report of the paravisor for the guest's.
  const { report } = { report: tee.report(machine.reportData) };
  const plain: Evidence = {
    version: 2,
    kind: "sev-snp",
    nonce,
    claims,
    report,
    certificates: tee.certificates,
  };
  expect(await first(azure, plain)).toBe("REPORT_DATA");
  const measured = await verifyEvidence(evidence, { nonce, policy: parseTrustPolicy(azure) });
  expect(measured).toMatchObject({ kind: "azure-snp", development: true, azure: { secureBoot: true } });
  expect(measured.azure?.pcrs?.[4]).toBe(toHex(machine.pcrs[4]!));
});

interface Vector {
  readonly hcl_report: string;
  readonly vcek?: string;
  readonly td_quote?: string;
  readonly tpm_quote: {
    readonly message: string;
    readonly signature: string;
    readonly pcrs: readonly string[];
  };
}

if (!has("azure-vtpm")) leaveOut("genuine evidence of Azure", ["azure-vtpm"]);
else {
  const read = (name: string) =>
    JSON.parse(readFileSync(`${folder}azure-vtpm/${name}.json`, "utf8")) as Vector;
  const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
  const wrapping = ({ hcl_report, tpm_quote }: Vector): AzureWrapping => ({
    hclReport: Uint8Array.from(Buffer.from(hcl_report, "base64url")),
    tpm: {
      message: hex(tpm_quote.message),
      signature: hex(tpm_quote.signature),
      pcrs: tpm_quote.pcrs.map(hex),
    },
  });
  const der = (path: string) => Uint8Array.from(readFileSync(`${folder}${path}`));
  const challenge = new TextEncoder().encode("challenge");
  const referenceOf = ({ tpm_quote }: Vector) => ({
    pcrs: Object.fromEntries(tpm_quote.pcrs.map((value, index) => [String(index), [value]])),
    requireSecureBoot: true,
  });
  // In the second vector the nonce is the SHA-384 that also stands in the user data of the paravisor.
  const nonces: Record<string, Uint8Array> = {
    "snp-evidence-v1": challenge,
    "snp-evidence-v2": hex(
      "982f5c6e45df0ed3f10b6f60b02f0c8390e281300f3805e2279c16168cd6ae9aa398f647caa2338748cd0fd9f5f819ef",
    ),
    "tdx-evidence-v1": challenge,
  };

  test.each(["snp-evidence-v1", "snp-evidence-v2", "tdx-evidence-v1"])(
    "the genuine %s binds its nonce",
    async (name) => {
      const vector = read(name);
      const tee = name.startsWith("tdx") ? "tdx" : "snp";
      const verdict = await verifyAzureWrapping(wrapping(vector), tee, referenceOf(vector), nonces[name]!);
      expect(verdict.checks.results.filter(({ verdict: found }) => found !== "pass")).toEqual([]);
      expect(verdict.runtime).toMatchObject({ secureBoot: true, tpmEnabled: true });
      const stale = await verifyAzureWrapping(wrapping(vector), tee, referenceOf(vector), new Uint8Array(32));
      expect(stale.checks.firstFailure?.name).toBe("TPM_NONCE");
    },
  );

  test.each(["snp-evidence-v1", "snp-evidence-v2"])(
    "the genuine SNP report inside %s binds the runtime data",
    async (name) => {
      const vector = read(name);
      const verdict = await verifyAzureWrapping(wrapping(vector), "snp", referenceOf(vector), nonces[name]!);
      const report = verdict.hcl!.teeReport;
      const vek = Uint8Array.from(
        Buffer.from(vector.vcek!.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64"),
      );
      const { measurement } = readReport(report)!;
      const policy = parseTrustPolicy(`apiVersion: apoc.network/trust-policy/v1
name: azure
snp:
  reportVersions: [2, 3]
  measurements: ["${toHex(measurement)}"]
  minTcb: {Milan: {bl: 0, tee: 0, snp: 0, ucode: 0}}
  provisionalFirmware: true
  allow: {smt: true}
  requirePlatform: {aliasCheck: false}
`);
      // No genuine list of AMD is at hand: revocation alone is left out, by a value that no policy can state.
      const reference: SnpReferenceValues = {
        ...snpReferenceValues(policy),
        roots: amdRoots.map((root) => ({ ...root, revocation: "none" })),
      };
      const certificates = {
        vek,
        intermediate: der("roots/amd/milan-ask.der"),
        root: der("roots/amd/milan-ark.der"),
      };
      const at = new Date("2025-06-01T00:00:00Z");
      const { checks } = verdict;
      await verifySnp({ report, certificates }, reference, verdict.hardwareReportData, at, checks);
      expect(checks.results.filter(({ verdict: found }) => found === "fail")).toEqual([]);
      expect(checks.affirming).toBe(true);
    },
  );

  test("the genuine TDX quote binds the same runtime data as the TD report beside it", async () => {
    const vector = read("tdx-evidence-v1");
    const { hardwareReportData } = await verifyAzureWrapping(
      wrapping(vector),
      "tdx",
      referenceOf(vector),
      challenge,
    );
    const quote = parseQuote(Uint8Array.from(Buffer.from(vector.td_quote!, "base64url")));
    expect(quote.body.reportData).toEqual(hardwareReportData);
    // For this platform no collateral is at hand: it alone is left out, by a value that no policy can state.
    const policy = parseTrustPolicy(`apiVersion: apoc.network/trust-policy/v1
name: azure
tdx:
  mrTd: ["${toHex(quote.body.mrTd)}"]
  rtmr: {"0": null, "1": null, "2": null, "3": null}
  allow: {septVeEnabled: true}
`);
    const reference: TdxReferenceValues = {
      ...tdxReferenceValues(policy),
      roots: [{ ...intelRoot, collateral: "none" }],
    };
    const at = new Date("2024-06-01T00:00:00Z");
    const bytes = Uint8Array.from(Buffer.from(vector.td_quote!, "base64url"));
    const { checks } = await verifyTdx({ quote: bytes }, reference, hardwareReportData, at);
    expect(checks.results.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    const other = await verifyTdx({ quote: bytes }, reference, new Uint8Array(64), at);
    expect(other.checks.firstFailure?.name).toBe("REPORT_DATA");
    const { runtimeData } = parseHclReport(wrapping(vector).hclReport);
    expect(toHex(hardwareReportData.subarray(0, 32))).toBe(
      createHash("sha256").update(runtimeData).digest("hex"),
    );
  });

  test("no flipped bit of a genuine wrapping, outside of the hardware report, is accepted", async () => {
    const vector = read("snp-evidence-v1");
    const genuine = wrapping(vector);
    const accepted: string[] = [];
    const attempt = async (name: string, subject: AzureWrapping) => {
      const { checks } = await verifyAzureWrapping(subject, "snp", referenceOf(vector), challenge);
      if (checks.affirming) accepted.push(name);
    };
    const flip = (bytes: Uint8Array, bit: number) => {
      const copy = Uint8Array.from(bytes);
      copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7));
      return copy;
    };
    for (let bit = 0; bit < genuine.hclReport.length * 8; bit++) {
      // Of the report, REPORT_DATA alone is looked at here; its signature covers the rest.
      if (bit >= 0x20 * 8 && bit < 0x4c0 * 8 && !(bit >= 0x70 * 8 && bit < 0xb0 * 8)) continue;
      await attempt(`hcl ${bit}`, { ...genuine, hclReport: flip(genuine.hclReport, bit) });
    }
    for (const part of ["message", "signature"] as const)
      for (let bit = 0; bit < genuine.tpm[part].length * 8; bit++)
        await attempt(`${part} ${bit}`, {
          ...genuine,
          tpm: { ...genuine.tpm, [part]: flip(genuine.tpm[part], bit) },
        });
    expect(accepted).toEqual([]);
  });
}
