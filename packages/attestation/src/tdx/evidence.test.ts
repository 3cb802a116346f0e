import { expect, test } from "vitest";
import { parseEvidence, type TdxGuestEvidence } from "../evidence.ts";
import { evidenceDigest, evidenceDocument } from "../evidence-document.ts";
import { attestationErrors } from "../errors.ts";
import { parseTrustPolicy, policyDigest, tdxReferenceValues } from "../policy.ts";
import { parseRecord, createRecord } from "../record.ts";
import { assertAffirming } from "../result.ts";
import { evidence as snpEvidence } from "../testing/development.ts";
import { reportData } from "../claims.ts";
import { collateral, now, rootSha256 } from "../testing/tdx-platform.ts";
import { good, makeQuote } from "../testing/tdx-quote.ts";
import { verifyEvidence } from "../verify-evidence.ts";
import { intelRoot } from "./root.ts";

const head = "apiVersion: apoc.network/trust-policy/v1\nname: p\n";
const roots = `roots: [{ kind: tdx, sha256: "${rootSha256}", development: true }]\n`;
const [rtmr0, rtmr1, rtmr2, rtmr3] = good.rtmrs;
const section = `tdx:
  mrTd: ["${good.mrTd}"]
  rtmr: { 0: ["${rtmr0}"], 1: ["${rtmr1}"], 2: ["${rtmr2}"], 3: ["${rtmr3}"] }
`;
const text = `${head}development: true\n${roots}${section}`;
const policy = parseTrustPolicy(text);
const nonce = new Uint8Array(32).fill(5);
const { claims } = snpEvidence;
const evidence: TdxGuestEvidence = {
  version: 2,
  kind: "tdx",
  nonce,
  quote: makeQuote({ reportData: reportData(nonce, claims) }),
  collateral: collateral(),
  claims,
};
const verify = (changes: Partial<TdxGuestEvidence> = {}, by = policy) =>
  verifyEvidence({ ...evidence, ...changes }, { nonce, policy: by, at: now });
const firstFailure = async (...args: Parameters<typeof verify>) =>
  (await verify(...args)).checks.find(({ verdict }) => verdict === "fail")?.name;
const refused = (code: string) => expect.objectContaining({ code });

test("TDX evidence that binds nonce and claims is affirmed, and makes a record", async () => {
  const result = await verify();
  assertAffirming(result);
  expect(result).toMatchObject({
    kind: "tdx",
    status: "affirming",
    development: true,
    product: null,
    chipId: null,
    tcb: null,
    measurement: good.mrTd,
    tdx: {
      rtmrs: good.rtmrs,
      platform: { status: "UpToDate", advisories: [], evaluationNumber: 20, fmspc: "00dead0000aa" },
    },
    evaluatedAt: "2026-02-10T00:00:00Z",
    expiresAt: "2026-02-16T00:00:00Z",
  });
  const record = createRecord(evidence, result);
  expect(parseRecord(JSON.stringify(record))).toEqual(record);
});

test("evidence survives its JSON form, the signed texts to the character", () => {
  const whole = { ...evidence, eventLog: Uint8Array.of(1, 2, 3) };
  expect(parseEvidence(JSON.stringify(evidenceDocument(whole)))).toEqual(whole);
  const { collateral: _, ...bare } = evidence;
  expect(parseEvidence(evidenceDocument(bare))).toEqual(bare);
  expect(evidenceDigest(whole)).not.toBe(evidenceDigest(evidence));
});

test("other members, and sizes beyond the limits, are refused", () => {
  const document = evidenceDocument(evidence) as Record<string, unknown>;
  for (const changes of [
    { report: "AAAA" },
    { quote: "" },
    { quote: Buffer.alloc(32_769).toString("base64") },
    { eventLog: Buffer.alloc(65_537).toString("base64") },
    { collateral: null },
    { collateral: { ...(document["collateral"] as object), pckCrlIssuerChain: [] } },
    { collateral: { ...(document["collateral"] as object), tcbInfo: "{}" } },
  ])
    expect(() => parseEvidence({ ...document, ...changes })).toThrowError(
      refused(attestationErrors.EVIDENCE_FORMAT.code),
    );
});

test("what the policy does not name is refused", async () => {
  expect(await firstFailure({}, parseTrustPolicy(`${head}snp: {}\n`))).toBe("EVIDENCE_KIND");
  expect(await firstFailure({}, parseTrustPolicy(`${head}tdx: {}\n`))).toBe("ROOT_UNTRUSTED");
  expect(await firstFailure({}, parseTrustPolicy(`${head}${roots}${section}`))).toBe("DEV_ROOT");
  expect(await firstFailure({}, parseTrustPolicy(`${head}development: true\n${roots}tdx: {}\n`))).toBe(
    "MRTD",
  );
  const none = await firstFailure({ quote: makeQuote({ reportData: new Uint8Array(64) }) });
  expect(none).toBe("REPORT_DATA");
  const { collateral: _, ...bare } = evidence;
  const result = await verifyEvidence(bare, { nonce, policy, at: now });
  expect(result.checks.find(({ verdict }) => verdict === "fail")?.name).toBe("TDX_COLLATERAL");
  expect(result.expiresAt).toBe(result.evaluatedAt);
  expect(await firstFailure({ nonce: new Uint8Array(32) })).toBe("NONCE_MISMATCH");
});

test("a policy that says nothing of TDX denies everything", () => {
  const reference = tdxReferenceValues(parseTrustPolicy(`${head}tdx: {}\n`));
  expect(reference).toMatchObject({
    roots: [intelRoot],
    development: false,
    statuses: ["UpToDate"],
    allowedAdvisories: [],
    mrTd: [],
    rtmrs: [[], [], [], []],
    events: [],
  });
  expect(Object.values(reference.allow)).toEqual([false, false, false, false]);
  expect(tdxReferenceValues(parseTrustPolicy(head))).toEqual(reference);
});

test("a development root is never without its mark, and Intel's never with it", () => {
  const digest = "ab".repeat(32);
  for (const entry of [
    `{ kind: tdx, sha256: "${digest}" }`,
    `{ kind: tdx, sha256: "${digest}", revocation: none }`,
    `{ kind: tdx, sha256: "${intelRoot.sha256}", development: true }`,
    `{ kind: tdx, sha256: "${intelRoot.sha256}", revocation: none }`,
    `{ kind: tdx, sha256: "${digest}", development: true, product: Genoa }`,
    `{ kind: sgx, sha256: "${digest}", development: true }`,
  ])
    expect(() => parseTrustPolicy(`${head}roots: [${entry}]\n`)).toThrowError(
      refused(attestationErrors.POLICY_FORMAT.code),
    );
  const named = parseTrustPolicy(`${head}roots: [{ kind: tdx, sha256: "${intelRoot.sha256}" }]\n`);
  expect(tdxReferenceValues(named).roots).toEqual([intelRoot]);
});

test.each([
  ["an unknown key", "{ measurements: [] }"],
  ["a revoked platform", "{ statuses: [Revoked] }"],
  ["an unknown status", "{ statuses: [Fine] }"],
  ["version 3", "{ quoteVersions: [3] }"],
  ["a fifth register", "{ rtmr: { 4: [] } }"],
  ["an event without what it is", "{ events: [{ rtmr: 3 }] }"],
  ["an event that is two things", '{ events: [{ rtmr: 3, text: a, data: "61" }] }'],
  ["an event of a fifth register", "{ events: [{ rtmr: 4, text: a }] }"],
  ["a short measurement", '{ mrTd: ["ab"] }'],
  ["a negative number", "{ minEvaluationNumber: -1 }"],
])("the policy is refused for %s", (_name, written) => {
  expect(() => parseTrustPolicy(`${head}tdx: ${written}\n`)).toThrowError(
    refused(attestationErrors.POLICY_FORMAT.code),
  );
});

test("the digest of a policy covers its section for TDX", () => {
  expect(policyDigest(parseTrustPolicy(text.replace(good.mrTd, "00".repeat(48))))).not.toBe(
    policyDigest(policy),
  );
  expect(policyDigest(parseTrustPolicy(JSON.stringify(policy)))).toBe(policyDigest(policy));
});
