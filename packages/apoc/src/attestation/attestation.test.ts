import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  attestationErrors,
  createRecord,
  type Evidence,
  evidenceDocument,
  parseTrustPolicy,
  policyDigest,
  reportData,
  verifyEvidence,
} from "@apoc/attestation";
import { concatBytes, fromHex, toHex } from "@apoc/encoding";
import { parseSignedRecord, pushRecord, signRecord } from "@apoc/core";
import { serveRegistry } from "@apoc/devnet/registry";
import { createDevelopmentRoot, createDevelopmentTee, developmentTrustPolicy } from "@apoc/devnet/tee";
import { parseReference, RemoteRepository } from "@apoc/oci";
import { runCli } from "@apoc/terminal/main";
import { checkLabels } from "@apoc/terminal/attestation";
import { fakeIo } from "@apoc/terminal/testing";
import { privateKeyToAccount } from "viem/accounts";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { group } from "../index.ts";
import { checkMeanings } from "./check-meanings.ts";
import { earDocument } from "./ear.ts";
import { policyForEvidence } from "./policy/policy-text.ts";

let dir = "";
let evidence: Evidence;
let policyText = "";
let attest: (nonce: Uint8Array) => Evidence;
const nonce = new Uint8Array(32).fill(3);
const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-attestation-"));
  const root = await createDevelopmentRoot({});
  const tee = createDevelopmentTee({ root });
  policyText = developmentTrustPolicy(root);
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const claims = {
    wrappingKey: new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey)),
    hpkeKey: concatBytes([0x00, 0x10], new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))),
    meterKey: fromHex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    tlsKey: new Uint8Array(),
    chainId: 31337n,
    provider: "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    configurationDigest: new Uint8Array(32),
    nodePolicyDigest: new Uint8Array(32),
  } as const;
  attest = (asked) => ({
    version: 2,
    kind: "sev-snp",
    nonce: asked,
    report: tee.report(reportData(asked, claims)),
    certificates: tee.certificates,
    claims,
  });
  evidence = attest(nonce);
  await writeFile(join(dir, "evidence.json"), JSON.stringify(evidenceDocument(evidence)));
  await writeFile(join(dir, "trust.yaml"), policyText);
  const result = await verifyEvidence(evidence, { nonce, policy: parseTrustPolicy(policyText) });
  const signed = await signRecord(createRecord(evidence, result), developer);
  await writeFile(join(dir, "record.json"), JSON.stringify(signed));
  return () => rm(dir, { recursive: true });
});

async function attestation(line: string) {
  const env = { APOC_CONFIG_DIR: join(dir, "config"), APOC_DATA_DIR: join(dir, "data") };
  const fake = fakeIo({ cwd: dir, env });
  const words = ["attestation", ...line.split(" ")];
  const code = await runCli({ name: "apoc", version: "0" }, group, words, fake.io);
  return {
    code,
    out: fake.out(),
    err: fake.err(),
    json: () => JSON.parse(fake.out()) as Record<string, never>,
  };
}

test("evidence is verified against a policy, and its freshness against the nonce that was sent", async () => {
  const hex = Buffer.from(nonce).toString("hex");
  const good = await attestation(`verify evidence.json --policy trust.yaml --nonce ${hex}`);
  expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/^affirming {2}0x70997970/) });
  expect(good.err).not.toContain("Without --nonce");
  const own = await attestation("verify evidence.json --policy trust.yaml");
  expect(own.code).toBe(0);
  expect(own.err).toContain("Without --nonce");
  const other = await attestation(`verify evidence.json --policy trust.yaml --nonce ${"00".repeat(32)}`);
  expect(other).toMatchObject({ code: 3, out: expect.stringMatching(/^contraindicated/) });
  expect((await attestation("verify evidence.json --policy trust.yaml --at 2040-01-01")).code).toBe(3);
  for (const wrong of ["--at 2026-02-30", "--at yesterday", "--nonce 00", "--kds ftp://x"])
    expect((await attestation(`verify evidence.json --policy trust.yaml ${wrong}`)).code).toBe(2);
  expect((await attestation("verify evidence.json")).code).toBe(2);
  expect((await attestation("verify gone.json --policy trust.yaml")).code).toBe(2);
  expect((await attestation("verify trust.yaml --policy trust.yaml")).code).toBe(3);
});

test("a running provider answers a fresh nonce; one that replays an old answer is found out", async () => {
  let replay = false;
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const asked = Uint8Array.from(
        Buffer.from((JSON.parse(text) as { nonce: string }).nonce.slice(2), "hex"),
      );
      const answer = replay ? { ...evidence, nonce: asked } : attest(asked);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(evidenceDocument(answer)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await attestation(`verify ${url} --policy trust.yaml`)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^affirming/),
  });
  replay = true;
  const old = await attestation(`verify ${url} --policy trust.yaml`);
  expect(old).toMatchObject({ code: 3, out: "", err: expect.stringContaining("APOC-3146") });
  expect((await attestation(`verify ${url} --policy trust.yaml --at 2026-01-01`)).code).toBe(2);
});

test("the result has the shape of EAR, in which development hardware is never genuine", async () => {
  const { json } = await attestation("verify evidence.json --policy trust.yaml --json");
  const { submods, eat_profile: profile } = json() as unknown as {
    eat_profile: string;
    submods: Record<string, Record<string, unknown>>;
  };
  expect(profile).toBe("tag:github.com,2023:veraison/ear");
  expect(submods["sev-snp"]).toMatchObject({
    "ear.status": "contraindicated",
    "ear.trustworthiness-vector": { hardware: 97, executables: 2, configuration: 2, "instance-identity": 2 },
    "ear.appraisal-policy-id": `sha256:${policyDigest(parseTrustPolicy(policyText))}`,
  });
  const result = await verifyEvidence(evidence, { nonce, policy: parseTrustPolicy(policyText) });
  const real = earDocument({ ...result, development: false }) as { submods: Record<string, object> };
  expect(real.submods["sev-snp"]).toMatchObject({ "ear.status": "affirming" });
  const failing = { ...result.checks[0]!, name: "MEASUREMENT", verdict: "fail" } as const;
  const refused = earDocument({
    ...result,
    development: false,
    status: "contraindicated",
    checks: [failing],
  });
  expect(refused).toMatchObject({
    submods: {
      "sev-snp": { "ear.status": "contraindicated", "ear.trustworthiness-vector": { executables: 96 } },
    },
  });
});

test("a record is verified for its signature, signer, dates and policy", async () => {
  const good = await attestation(`verify record.json --policy trust.yaml --signer ${developer.address}`);
  expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/^affirming/) });
  expect(good.err).toContain("DEVELOPMENT");
  expect((await attestation(`verify record.json --signer 0x${"22".repeat(20)}`)).code).toBe(3);
  expect((await attestation("verify record.json --at 2040-01-01")).err).toContain("APOC-3021");
  await writeFile(join(dir, "other.yaml"), policyText.replace("name: development", "name: other"));
  expect((await attestation("verify record.json --policy other.yaml")).err).toContain("APOC-3023");
  const text = await readFile(join(dir, "record.json"), "utf8");
  const record = JSON.parse(text) as { record: { evidenceDigest: string } };
  record.record.evidenceDigest = "00".repeat(32);
  await writeFile(join(dir, "altered.json"), JSON.stringify(record));
  expect((await attestation("verify altered.json")).err).toContain("APOC-3003");
});

test("a published record is found by the provider's key, and verified like a file", async () => {
  const registry = await serveRegistry({ listen: { host: "127.0.0.1", port: 0 } });
  onTestFinished(() => registry.close());
  const repository = `${new URL(registry.url).host}/records`;
  const signed = parseSignedRecord(await readFile(join(dir, "record.json"), "utf8"));
  const { providerKeyId } = signed.record;
  const verify = () => attestation(`verify ${providerKeyId} --from ${repository} --policy trust.yaml`);
  expect((await verify()).code).toBe(2);
  await pushRecord(new RemoteRepository({ reference: parseReference(repository) }), signed);
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining(providerKeyId) });
});

test("explaining names every field and check, and what each check is for", async () => {
  const { code, out } = await attestation("explain evidence.json");
  expect(code).toBe(0);
  expect(out).toContain("report.measurement");
  expect(out).toContain("proves nothing about hardware");
  const { json } = await attestation("explain evidence.json --json --policy trust.yaml");
  const { checks } = json() as unknown as { checks: { verdict: string; defendsAgainst: string }[] };
  expect(checks.every(({ defendsAgainst }) => defendsAgainst.length > 10)).toBe(true);
  expect(checks.some(({ verdict }) => verdict === "fail")).toBe(false);
});

test("collateral is fetched for hardware, by evidence or by name, and unavailable collateral is reported", async () => {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url ?? "");
    response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const kds = `--kds http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fails = async (words: string, code: number, error: string) =>
    expect(await attestation(`collateral ${words}`)).toMatchObject({
      code,
      out: "",
      err: expect.stringContaining(error),
    });
  await fails(`--product Genoa ${kds}`, 2, "APOC-3405");
  await fails(`--product Turin --vlek ${kds}`, 2, "APOC-3405");
  expect(asked).toEqual(["/vcek/v1/Genoa/cert_chain", "/vlek/v1/Turin/cert_chain"]);
  await fails("--product Genoa --offline", 2, "APOC-3404");
  await fails("--fmspc 00906ed500 --offline", 2, "APOC-3004");
  // A development attester has no service: nothing is asked of anybody.
  await fails(`evidence.json ${kds}`, 2, "APOC-3405");
  expect(asked).toHaveLength(2);
  expect((await attestation("collateral")).code).toBe(2);
  expect((await attestation("collateral --product Rome")).code).toBe(2);
  expect((await attestation("collateral gone.json")).code).toBe(2);
});

test("a policy made from evidence accepts it, and needs a word for development", async () => {
  expect((await attestation("policy init evidence.json")).err).toContain("APOC-3110");
  const made = await attestation("policy init evidence.json --development --name own --out own.yaml");
  expect(made.code).toBe(0);
  expect((await attestation("verify evidence.json --policy own.yaml")).code).toBe(0);
  expect((await attestation("policy init evidence.json --development --out own.yaml")).code).toBe(2);
  const check = await attestation("policy check own.yaml");
  expect(check.out).toBe(made.out);
  expect(check.err).toContain("development: true");
});

test("a policy made from evidence says what it takes of the operator's part", async () => {
  const clustered = {
    ...evidence,
    claims: { ...evidence.claims, nodePolicyDigest: new Uint8Array(32).fill(7) },
  };
  const text = policyForEvidence(clustered, { name: "own", development: true });
  expect(parseTrustPolicy(text)).toMatchObject({ configurations: null, nodePolicies: ["07".repeat(32)] });
  const only = parseTrustPolicy(text.replace("# configurations:", "configurations:"));
  expect(only.configurations).toEqual([toHex(evidence.claims.configurationDigest)]);
  const single = parseTrustPolicy(policyForEvidence(evidence, { name: "own", development: true }));
  expect(single.nodePolicies).toEqual([]);
});

test("a policy for a measurement denies until its floor is filled in", async () => {
  const measurement = "ab".repeat(48);
  const { code, out } = await attestation(`policy init --measurement ${measurement} --product Turin`);
  expect(code).toBe(0);
  expect(parseTrustPolicy(out).snp).toMatchObject({
    measurements: [measurement],
    minTcb: {},
    products: ["Turin"],
  });
  expect(out).toContain("fmc: 0");
  await writeFile(join(dir, "measured.yaml"), out);
  const { json } = await attestation("policy check measured.yaml --json");
  expect(json()["remarks"]).toContain("snp.minTcb is empty: it accepts no SNP guest.");
  expect((await attestation("policy init --measurement abcd")).code).toBe(2);
  expect((await attestation("policy init")).code).toBe(2);
  await writeFile(join(dir, "broken.yaml"), `${policyText}unknown: 1\n`);
  expect((await attestation("policy check broken.yaml")).err).toContain("APOC-3001");
});

test("every check that can fail has a meaning and a label", () => {
  const checks = Object.entries(attestationErrors).filter(([, { code }]) =>
    /^APOC-(301\d|3[123]\d\d)$/.test(code),
  );
  const names = checks.map(([name]) => name);
  expect(names.filter((name) => !(name in checkMeanings))).toEqual([]);
  expect(names.filter((name) => !(name in checkLabels))).toEqual([]);
  // As wide as the column that `explain` prints them in.
  expect(Object.values(checkLabels).filter((label) => label.length > 26)).toEqual([]);
});
