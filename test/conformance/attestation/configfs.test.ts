import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  AmdKds,
  completeEvidence,
  developmentRoot,
  IntelPcs,
  parseQuote,
  parseTrustPolicy,
  tdxReferenceValues,
  verifyEvidence,
  verifyTdx,
} from "@apoc/attestation";
import { type Reply, serveCollateral } from "@apoc/attestation/testing";
import { createDevelopmentRoot, createDevelopmentTee, developmentTrustPolicy } from "@apoc/devnet/tee";
import { writePem } from "@apoc/encoding";
import {
  answerNonce,
  certificateTable,
  checkOwnEvidence,
  configfsAttester,
  createProviderKeys,
  tsmModel,
} from "@apoc/provider/testing";
import { expect, test } from "vitest";
import { recordedPcs } from "./recorded-pcs.ts";
import { vectorTest } from "./vector-test.ts";
import { folder } from "./vectors.ts";

const nonce = new Uint8Array(32).fill(8);
const offlinePcs = new IntelPcs({ offline: true });

async function scene() {
  const root = await createDevelopmentRoot({});
  const tee = createDevelopmentTee({ root });
  const { vek, intermediate, root: ark } = tee.certificates;
  const crl = await root.revocationList([], new Date());
  const chip = Buffer.from(tee.report(new Uint8Array(64)).subarray(0x1a0, 0x1e0)).toString("hex");
  const service: Record<string, Reply> = {
    [`/vcek/v1/Genoa/${chip}?blSPL=10&teeSPL=00&snpSPL=25&ucodeSPL=84`]: { body: vek },
    "/vcek/v1/Genoa/cert_chain": { body: writePem("CERTIFICATE", intermediate, ark) },
    "/vcek/v1/Genoa/crl": { body: crl },
  };
  const roots = [developmentRoot(root.sha256, "Genoa", "required")];
  const policy = parseTrustPolicy(
    developmentTrustPolicy(root).replace("revocation: none", "revocation: required"),
  );
  const attest = async (kds: AmdKds, auxblob?: Uint8Array) => {
    const device = (data: Uint8Array) => ({ outblob: tee.report(data), ...(auxblob && { auxblob }) });
    const attester = configfsAttester({ kds, pcs: offlinePcs, files: tsmModel({ device }) });
    const binding = {
      configurationDigest: new Uint8Array(32).fill(1),
      chainId: 31337,
      provider: `0x${"5e".repeat(20)}`,
    } as const;
    const keys = await createProviderKeys(attester, binding);
    const subject = { ...binding, keys, tlsKey: new Uint8Array() };
    await checkOwnEvidence(attester, subject);
    return answerNonce(attester, subject, nonce);
  };
  return { tee, service, roots, policy, attest };
}

test("kernel, host and AMD's service together produce evidence that a policy with revocation affirms", async () => {
  const { tee, service, roots, policy, attest } = await scene();
  const server = await serveCollateral(service);
  const kds = new AmdKds({ baseUrl: server.url, roots });

  // The host gives nothing: VCEK, chain and list are fetched.
  const fetched = await attest(kds);
  expect((await verifyEvidence(fetched, { nonce, policy })).status).toBe("affirming");
  expect(new Set(server.requests).size).toBe(3);

  // The host gives all certificates, and a root of its own choosing is not taken for AMD's.
  const { vek, intermediate, root } = tee.certificates;
  const table = certificateTable({ vcek: vek, intermediate, root });
  expect((await verifyEvidence(await attest(kds, table), { nonce, policy })).status).toBe("affirming");
  const liar = certificateTable({ vcek: vek, intermediate: vek, root: vek });
  expect((await verifyEvidence(await attest(kds, liar), { nonce, policy })).status).toBe("affirming");

  // The attester reaches no service: the verifying side completes.
  const alone = await attest(new AmdKds({ roots, offline: true }), table);
  const name = async (evidence: typeof alone) =>
    (await verifyEvidence(evidence, { nonce, policy })).checks.find(({ verdict }) => verdict === "fail")
      ?.name;
  expect(await name(alone)).toBe("CRL_MISSING");
  expect(await name(await completeEvidence(alone, { kds, pcs: offlinePcs }, new Date()))).toBeUndefined();
});

vectorTest(
  "a genuine TDX quote from configfs is completed with what Intel's service recorded, and verifies",
  ["tdx/v4-phala", "tdx/collateral/phala-2025-06.json"],
  async () => {
    const { recorded, fmspc, service } = recordedPcs("phala-2025-06");
    const outblob = Uint8Array.from(readFileSync(`${folder}tdx/v4-phala/quote.bin`));
    const at = new Date("2025-06-20T12:00:00Z");
    const quote = parseQuote(outblob);
    const digests = (list: readonly Uint8Array[]) =>
      list.map((value, index) => `"${index}": ["${Buffer.from(value).toString("hex")}"]`).join(", ");
    const reference = tdxReferenceValues(
      parseTrustPolicy(`apiVersion: apoc.network/trust-policy/v1
name: genuine
tdx:
  mrTd: ["${Buffer.from(quote.body.mrTd).toString("hex")}"]
  rtmr: {${digests(quote.body.rtmrs)}}
`),
    );

    const server = await serveCollateral(service);
    const pcs = new IntelPcs({ baseUrl: server.url, rootCrlUrl: `${server.url}/root.der`, now: () => at });
    const files = tsmModel({
      provider: "tdx_guest",
      device: () => ({ outblob: Uint8Array.from([...outblob, ...new Uint8Array(100)]) }),
    });
    const kds = new AmdKds({ offline: true });
    const attester = configfsAttester({
      kds,
      pcs,
      files,
      now: () => at,
      readEventLog: async () => undefined,
    });
    const report = await attester.report(quote.body.reportData);
    if (report.kind !== "tdx") throw new Error("not a TDX report");
    // Bytes after the quote are left out: no signature covers them.
    expect(parseQuote(report.quote).padding).toBe(0);
    const { checks } = await verifyTdx(report, reference, quote.body.reportData, at);
    expect(checks.results.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(checks.affirming).toBe(true);
    await expect(attester.report(new Uint8Array(64))).rejects.toMatchObject({ code: "APOC-7607" });

    // One changed byte in a recorded body: it is served, and the verifier's signature check finds it.
    const tampered = recorded.tcb_info.replace('"UpToDate"', '"OutOfDate"');
    const path = `/tdx/certification/v4/tcb?fmspc=${fmspc}`;
    const body = `{"tcbInfo":${tampered},"signature":"${recorded.tcb_info_signature}"}`;
    const bad = await serveCollateral({ ...service, [path]: { ...(service[path] as object), body } });
    const from = new IntelPcs({ baseUrl: bad.url, rootCrlUrl: `${bad.url}/root.der`, now: () => at });
    const collateral = await from.collateral(fmspc, "platform", at);
    const verdict = await verifyTdx(
      { quote: report.quote, collateral },
      reference,
      quote.body.reportData,
      at,
    );
    expect(verdict.checks.firstFailure?.name).toBe("TCB_INFO_SIGNATURE");
  },
);

vectorTest(
  "a genuine Genoa VCEK and Turin VCEK come from the service by chip and TCB, with AMD's pinned chains",
  ["snp/genoa-v5-oak", "snp/turin-v5-anolis"],
  async () => {
    const der = (path: string) => Uint8Array.from(readFileSync(`${folder}${path}`));
    for (const [name, product, path] of [
      [
        "genoa-v5-oak",
        "Genoa",
        /^\/vcek\/v1\/Genoa\/[0-9a-f]{128}\?blSPL=\d\d&teeSPL=\d\d&snpSPL=\d\d&ucodeSPL=\d\d$/,
      ],
      [
        "turin-v5-anolis",
        "Turin",
        /^\/vcek\/v1\/Turin\/[0-9a-f]{16}\?fmcSPL=\d\d&blSPL=\d\d&teeSPL=\d\d&snpSPL=\d\d&ucodeSPL=\d\d$/,
      ],
    ] as const) {
      const report = der(`snp/${name}/report.bin`);
      const [chipId, tcb] = [report.subarray(0x1a0, 0x1e0), report.subarray(0x180, 0x188)];
      const probe = await serveCollateral({});
      const now = new Date("2026-07-15T00:00:00Z");
      const ask = (baseUrl: string) =>
        new AmdKds({ baseUrl, now: () => now }).vcek(product, chipId, tcb, now);
      await expect(ask(probe.url)).rejects.toMatchObject({ code: "APOC-3405" });
      expect(probe.requests[0]).toMatch(path);
      const vcek = der(`snp/${name}/vcek.der`);
      const lower = product.toLowerCase();
      const [ask_, ark] = [der(`roots/amd/${lower}-ask.der`), der(`roots/amd/${lower}-ark.der`)];
      const server = await serveCollateral({
        [probe.requests[0]!]: { body: vcek },
        [`/vcek/v1/${product}/cert_chain`]: { body: writePem("CERTIFICATE", ask_, ark) },
      });
      const fetched = await ask(server.url);
      const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
      expect(digest(fetched)).toBe(digest(vcek));
      const chain = await new AmdKds({ baseUrl: server.url, now: () => now }).chain(product, "vcek", now);
      expect(digest(chain.root)).toBe(digest(ark));
      // The chain of one product is not that of another.
      const other = product === "Turin" ? "Genoa" : "Turin";
      const wrong = await serveCollateral({
        [`/vcek/v1/${other}/cert_chain`]: { body: writePem("CERTIFICATE", ask_, ark) },
      });
      const mixed = new AmdKds({ baseUrl: wrong.url, now: () => now }).chain(other, "vcek", now);
      await expect(mixed).rejects.toMatchObject({ code: "APOC-3402" });
    }
  },
);
