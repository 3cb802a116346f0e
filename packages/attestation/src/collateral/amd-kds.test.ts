import { writePem } from "@apoc/encoding";
import { expect, test } from "vitest";
import { reportData } from "../claims.ts";
import { attestationErrors } from "../errors.ts";
import { snpReferenceValues } from "../policy.ts";
import { readReport } from "../snp/report.ts";
import { developmentRoot } from "../snp/root.ts";
import { serveCollateral } from "../testing/collateral-server.ts";
import { at, crl, evidence, flip, nonce, policyWithRevocation, vectors } from "../testing/development.ts";
import { verifySnp } from "../snp/verify.ts";
import { AmdKds, type AmdKdsOptions } from "./amd-kds.ts";
import { memoryCache } from "./cache.ts";
import { IntelPcs } from "./intel-pcs.ts";
import { collateralSubject, fetchCollateral } from "./collateral-subject.ts";
import { completeEvidence } from "./complete-evidence.ts";

const { vek, intermediate, root } = evidence.certificates;
const report = readReport(evidence.report)!;
const roots = [developmentRoot(vectors.rootSha256, "Genoa", "required")];
const chip = Buffer.from(report.chipId).toString("hex");
const vcekPath = `/vcek/v1/Genoa/${chip}?blSPL=10&teeSPL=00&snpSPL=25&ucodeSPL=84`;
const chainPath = "/vcek/v1/Genoa/cert_chain";
const crlPath = "/vcek/v1/Genoa/crl";
const chain = { body: writePem("CERTIFICATE", intermediate, root) };

const open = (baseUrl: string, options: AmdKdsOptions = {}) =>
  new AmdKds({ baseUrl, roots, wait: () => Promise.resolve(), now: () => at, ...options });
const services = (baseUrl: string, options: AmdKdsOptions = {}) => ({
  kds: open(baseUrl, options),
  pcs: new IntelPcs({ offline: true }),
});
const code = (name: keyof typeof attestationErrors) => ({ code: attestationErrors[name].code });

test("a VCEK comes by chip id and TCB, once", async () => {
  const server = await serveCollateral({ [vcekPath]: { body: vek } });
  const kds = open(server.url);
  const first = await kds.vcek("Genoa", report.chipId, report.reportedTcb, at);
  expect(first).toEqual(vek);
  // What the caller does with its bytes reaches nothing that is kept.
  first.fill(0);
  expect(await kds.vcek("Genoa", report.chipId, report.reportedTcb, at)).toEqual(vek);
  expect(server.requests).toEqual([vcekPath]);
});

test("Turin is asked for with 8 bytes of chip id and with its own components", async () => {
  const server = await serveCollateral({});
  const chipId = new Uint8Array(64);
  chipId.set([0x6b, 0xb1, 0x22, 0x9b, 0x76, 0x92, 0xb7, 0x10]);
  const wanted = open(server.url).vcek("Turin", chipId, Uint8Array.of(1, 3, 0, 5, 0, 0, 0, 82), at);
  await expect(wanted).rejects.toMatchObject(code("COLLATERAL_UNKNOWN"));
  expect(server.requests).toEqual([
    "/vcek/v1/Turin/6bb1229b7692b710?fmcSPL=01&blSPL=03&teeSPL=00&snpSPL=05&ucodeSPL=82",
  ]);
});

test("the certificate of another TCB or chip, and what is no certificate, are refused and not kept", async () => {
  const cache = memoryCache();
  const older = Uint8Array.from(report.reportedTcb);
  older[6] = 24;
  const path = vcekPath.replace("snpSPL=25", "snpSPL=24");
  const other = flip(report.chipId, 0, 0);
  const otherPath = vcekPath.replace(chip, Buffer.from(other).toString("hex"));
  const server = await serveCollateral({
    [path]: { body: vek },
    [otherPath]: { body: vek },
    [vcekPath]: [{ body: "<html>maintenance</html>" }, { body: vek.slice(0, -1) }, { body: vek }],
  });
  const kds = open(server.url, { cache });
  const answer = code("COLLATERAL_ANSWER");
  await expect(kds.vcek("Genoa", report.chipId, older, at)).rejects.toMatchObject(answer);
  await expect(kds.vcek("Genoa", other, report.reportedTcb, at)).rejects.toMatchObject(answer);
  await expect(kds.vcek("Genoa", report.chipId, report.reportedTcb, at)).rejects.toMatchObject(answer);
  await expect(kds.vcek("Genoa", report.chipId, report.reportedTcb, at)).rejects.toMatchObject(answer);
  expect(await kds.vcek("Genoa", report.chipId, report.reportedTcb, at)).toEqual(vek);
});

test("a chain must end at a pinned root and be signed by it", async () => {
  const server = await serveCollateral({
    [chainPath]: [
      { body: writePem("CERTIFICATE", root, intermediate) },
      { body: writePem("CERTIFICATE", intermediate) },
      { body: writePem("CERTIFICATE", intermediate, root, root) },
      { body: writePem("CERTIFICATE", vek, root) },
      { body: writePem("CERTIFICATE", flip(intermediate, intermediate.length - 1, 0), root) },
      chain,
    ],
  });
  const kds = open(server.url);
  for (let i = 0; i < 5; i++)
    await expect(kds.chain("Genoa", "vcek", at)).rejects.toMatchObject(code("COLLATERAL_ANSWER"));
  const first = await kds.chain("Genoa", "vcek", at);
  expect(first).toEqual({ intermediate, root });
  for (const bytes of [first.intermediate, first.root]) bytes.fill(0);
  expect(await kds.chain("Genoa", "vcek", at)).toEqual({ intermediate, root });
  const strangers = open(server.url, { roots: [] });
  await expect(strangers.chain("Genoa", "vcek", at)).rejects.toMatchObject(code("COLLATERAL_ANSWER"));
});

test("a revocation list must be the root's, signed, and valid at the moment of evaluation", async () => {
  const good = crl("empty");
  const server = await serveCollateral({
    [chainPath]: chain,
    [crlPath]: [
      { body: flip(good, good.length - 1, 0) },
      { body: flip(good, 60, 0) },
      { body: "" },
      { body: good },
    ],
  });
  const kds = open(server.url);
  for (let i = 0; i < 3; i++)
    await expect(kds.revocationList("Genoa", "vcek", at)).rejects.toMatchObject(code("COLLATERAL_ANSWER"));
  expect(await kds.revocationList("Genoa", "vcek", at)).toEqual(good);
  const late = new Date("2026-12-23T00:00:00Z");
  await expect(kds.revocationList("Genoa", "vcek", late, root)).rejects.toMatchObject(
    code("COLLATERAL_STALE"),
  );
});

test("429, 5xx and broken connections are tried again, after the pause that the service asks for", async () => {
  const pauses: number[] = [];
  const wait = (milliseconds: number) => Promise.resolve(void pauses.push(milliseconds));
  const server = await serveCollateral({
    [vcekPath]: [{ status: 429, headers: { "retry-after": "7" } }, { status: 503 }, "break", { body: vek }],
  });
  expect(await open(server.url, { wait }).vcek("Genoa", report.chipId, report.reportedTcb, at)).toEqual(vek);
  expect(server.requests).toHaveLength(4);
  expect(pauses[0]).toBe(7000);
  expect(pauses[1]).toBeGreaterThanOrEqual(500);
  expect(pauses[2]).toBeGreaterThanOrEqual(1000);
  expect(pauses[2]).toBeLessThanOrEqual(2000);
});

test.each([
  ["keeps failing", { status: 500 }, "COLLATERAL_UNREACHABLE", 4],
  ["never answers", "silence", "COLLATERAL_UNREACHABLE", 4],
  ["refuses", { status: 403 }, "COLLATERAL_ANSWER", 1],
  ["does not know the chip", { status: 404 }, "COLLATERAL_UNKNOWN", 1],
  ["sends too much", { body: new Uint8Array(8193) }, "COLLATERAL_ANSWER", 1],
  ["redirects", { status: 302, headers: { location: "/elsewhere" } }, "COLLATERAL_UNREACHABLE", 4],
] as const)("a service that %s", async (_, reply, name, attempts) => {
  const server = await serveCollateral({ [vcekPath]: reply });
  const kds = open(server.url, { timeoutMilliseconds: 200 });
  const wanted = kds.vcek("Genoa", report.chipId, report.reportedTcb, at);
  await expect(wanted).rejects.toMatchObject(code(name));
  expect(server.requests).toEqual(Array.from({ length: attempts }, () => vcekPath));
});

test("an abort ends waiting and trying", async () => {
  const abort = new AbortController();
  const server = await serveCollateral({ [vcekPath]: { status: 500 } });
  const wait = () => Promise.resolve(abort.abort());
  const wanted = open(server.url, { wait, signal: abort.signal }).vcek(
    "Genoa",
    report.chipId,
    report.reportedTcb,
    at,
  );
  await expect(wanted).rejects.toMatchObject(code("COLLATERAL_UNREACHABLE"));
  expect(server.requests).toHaveLength(1);
});

test("a kept list is renewed after a while, serves an outage while it is valid, and never longer", async () => {
  const cache = memoryCache();
  const good = crl("empty");
  const server = await serveCollateral({ [crlPath]: { body: good } });
  const kdsAt = (now: Date) => open(server.url, { cache, attempts: 1, now: () => now });
  const list = (now: Date) => kdsAt(now).revocationList("Genoa", "vcek", now, root);
  const hours = (count: number) => new Date(at.getTime() + count * 3_600_000);
  await list(at);
  await list(hours(5));
  expect(server.requests).toHaveLength(1);
  await list(hours(7));
  expect(server.requests).toHaveLength(2);
  await server.stop();
  expect(await list(hours(48))).toEqual(good);
  await expect(list(hours(24 * 40))).rejects.toMatchObject(code("COLLATERAL_UNREACHABLE"));
  // A clock that was set back does not keep an item forever: the service is asked, and if it is silent the item is used.
  expect(await list(hours(1))).toEqual(good);
});

test("a snapshot serves without the network, and a stale one serves nothing", async () => {
  const cache = memoryCache();
  const server = await serveCollateral({ [crlPath]: { body: crl("empty") } });
  await open(server.url, { cache }).revocationList("Genoa", "vcek", at, root);
  const offline = open("http://127.0.0.1:1", {
    cache,
    offline: true,
    now: () => new Date("2027-06-01T00:00:00Z"),
  });
  expect(await offline.revocationList("Genoa", "vcek", at, root)).toEqual(crl("empty"));
  const late = new Date("2026-12-23T00:00:00Z");
  await expect(offline.revocationList("Genoa", "vcek", late, root)).rejects.toMatchObject(
    code("COLLATERAL_STALE"),
  );
  await expect(offline.chain("Genoa", "vcek", at)).rejects.toMatchObject(code("COLLATERAL_MISSING"));
});

test("a poisoned cache is as good as none", async () => {
  const cache = memoryCache();
  const server = await serveCollateral({ [crlPath]: { body: crl("empty") } });
  for (const body of [crl("serialZero").slice(1), flip(crl("empty"), 60, 0), new Uint8Array(70_000)])
    await cache.set("amd/vcek/genoa/crl", { body: Uint8Array.from(body), fetchedAt: at });
  expect(await open(server.url, { cache }).revocationList("Genoa", "vcek", at, root)).toEqual(crl("empty"));
  expect(server.requests).toEqual([crlPath]);
});

test("collateral for a product or for evidence is the list, with its dates", async () => {
  const server = await serveCollateral({ [chainPath]: chain, [crlPath]: { body: crl("empty") } });
  const { kds, pcs } = services(server.url);
  const subject = collateralSubject(evidence, kds);
  expect(subject).toEqual({ maker: "amd", product: "Genoa", kind: "vcek", root });
  const [list, ...more] = await fetchCollateral(subject!, { kds, pcs }, at);
  expect(more).toEqual([]);
  expect(list?.name).toContain("Genoa");
  expect(list!.from <= at && at <= list!.until).toBe(true);
  list!.until.setTime(0);
  const again = await fetchCollateral({ maker: "amd", product: "Genoa", kind: "vcek" }, { kds, pcs }, at);
  expect(again[0]!.until > at).toBe(true);
  expect(server.requests).toEqual([crlPath, chainPath]);
  expect(collateralSubject(evidence, new AmdKds())).toBeUndefined();
  expect(collateralSubject({ ...evidence, report: new Uint8Array(8) }, kds)).toBeUndefined();
});

test("evidence without a list passes a policy that requires one only when it is completed", async () => {
  const reference = snpReferenceValues(policyWithRevocation);
  const verify = async (subject: typeof evidence) =>
    (await verifySnp(subject, reference, reportData(nonce, subject.claims), at)).checks;
  const named = async (subject: typeof evidence) => (await verify(subject)).firstFailure?.name;
  expect(await named(evidence)).toBe("CRL_MISSING");

  const server = await serveCollateral({
    [crlPath]: [{ body: crl("empty") }, { body: crl("intermediateRevoked") }],
  });
  const completed = await completeEvidence(evidence, services(server.url), at);
  expect((await verify(completed)).affirming).toBe(true);
  expect(await completeEvidence(completed, services("http://127.0.0.1:1"), at)).toBe(completed);
  expect(await named(await completeEvidence(evidence, services(server.url), at))).toBe(
    "INTERMEDIATE_REVOKED",
  );

  await server.stop();
  const unreachable = completeEvidence(evidence, services(server.url, { attempts: 1 }), at);
  await expect(unreachable).rejects.toMatchObject(code("COLLATERAL_UNREACHABLE"));
  expect(await completeEvidence(evidence, services(server.url, { roots: [] }), at)).toBe(evidence);
});
