import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  evidenceDocument,
  isHpkeKey,
  isMeterKey,
  isP256Key,
  meterAddress,
  parseEvidence,
  parseTrustPolicy,
  readReport,
  reportData,
  reportSize,
} from "@apoc/attestation";
import { fromHex, toBase64, toHex } from "@apoc/encoding";
import { openGrant, openSecrets, podErrors, sealGrant, sealSecrets, verifyKeySignature } from "@apoc/core";
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { privateKeyToAccount } from "viem/accounts";
import { expect, onTestFinished, test } from "vitest";
import {
  configurationDigest,
  parseProviderConfig,
  type ProviderConfig,
  sampleConfig,
} from "../config/index.ts";
import { providerErrors } from "../errors.ts";
import {
  answerNonce,
  checkOwnEvidence,
  createProviderKeys,
  createTlsIdentity,
  developmentAttester,
  type KeyBinding,
} from "./index.ts";
import { keySeed } from "./derived-keys.ts";

type Answer = (
  path: string,
  body: { reportData?: string; select?: string[] },
) => { status?: number; body: unknown };

/** An attester on a unix socket. The real development one is tested where it is made; here its answers are bent. */
async function attesterThat(answer: Answer) {
  const folder = await mkdtemp(join(tmpdir(), "apoc-tee-"));
  const socket = join(folder, "s");
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { status = 200, body } = answer(request.url ?? "", JSON.parse(text) as never);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  server.listen(socket);
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return developmentAttester(socket);
}

/** A report of the right size that holds the given data. */
function report(data: string): string {
  const bytes = new Uint8Array(reportSize);
  bytes.set([3, 0, 0, 0]);
  bytes.set(fromHex(data), 0x50);
  return toBase64(bytes);
}

const ecPair = () => crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);

const certificates = { vek: "AQ==", intermediate: "Ag==", root: "Aw==" };
/** Gives its key only to a request that selects what it must. */
const honest: Answer = (path, { reportData: data, select }) =>
  path === "/v1/report"
    ? { body: { report: report(data!), certificates } }
    : {
        body: {
          key: toBase64(new Uint8Array(32).fill(select?.toSorted().join() === "measurement,policy" ? 1 : 2)),
        },
      };

const binding: KeyBinding = {
  configurationDigest: new Uint8Array(32).fill(5),
  chainId: 31337,
  provider: `0x${"AB".repeat(20)}`,
};
const keysOf = async (answer: Answer, change: Partial<KeyBinding> = {}) =>
  createProviderKeys(await attesterThat(answer), { ...binding, ...change });

test("wrapping and meter key are the same after a restart, and secrets sealed to the one open", async () => {
  const first = await keysOf(honest);
  const again = await keysOf(honest);
  expect(again.wrapping.keyId).toBe(first.wrapping.keyId);
  expect(again.meter.address).toBe(first.meter.address);
  expect(isP256Key(first.wrapping.spki)).toBe(true);
  expect(first.wrapping.privateKey.extractable).toBe(false);
  const pod = { publisher: binding.provider, podId: `0x${"01".repeat(32)}` } as const;
  const sealed = await sealSecrets(new Map([["a", new Uint8Array([1])]]), pod, first.wrapping.spki);
  const opened = await openSecrets(sealed, pod, again.wrapping.privateKey);
  expect(opened).toEqual(new Map([["a", new Uint8Array([1])]]));
});

test("the TEE's key is asked for with measurement and guest policy selected", async () => {
  const asked: unknown[] = [];
  await keysOf((path, body) => {
    asked.push(path, body);
    return honest(path, body);
  });
  expect(asked).toEqual(["/v1/derived-key", { select: ["policy", "measurement"] }]);
});

test("another TEE, configuration, chain or account gives other keys; wrapping and meter key differ", async () => {
  const all = [
    await keysOf(honest),
    await keysOf(() => ({ body: { key: toBase64(new Uint8Array(32).fill(9)) } })),
    await keysOf(honest, { configurationDigest: new Uint8Array(32).fill(6) }),
    await keysOf(honest, { chainId: 1 }),
    await keysOf(honest, { provider: `0x${"AC".repeat(20)}` }),
  ];
  expect(new Set(all.map(({ wrapping }) => wrapping.keyId)).size).toBe(all.length);
  expect(new Set(all.map(({ meter }) => meter.address)).size).toBe(all.length);
  const key = new Uint8Array(32);
  const seeds = ["a", "b"].map((label) => toHex(keySeed(key, label, binding)));
  expect(new Set(seeds).size).toBe(2);
  expect(() => keySeed(key, "a", { ...binding, configurationDigest: new Uint8Array(31) })).toThrow(
    RangeError,
  );
});

test("a provider with a changed configuration opens no old grant; the same one after a restart does", async () => {
  const config = parseProviderConfig(
    sampleConfig.replace(/^ {2}# (?=paymentChannel|marketplace|tokens)/gm, "  "),
    "/provider.yaml",
  );
  const keysUnder = (changed: ProviderConfig) =>
    keysOf(honest, { configurationDigest: configurationDigest(changed) });
  const before = await keysUnder(config);
  const image = `sha256:${"ab".repeat(32)}` as const;
  const { x, y, d } = await crypto.subtle.exportKey("jwk", (await ecPair()).privateKey);
  const grant = await sealGrant(
    {
      image,
      config: image,
      imageKey: { kty: "EC", crv: "P-256", x: x!, y: y!, d: d! },
      licenseHash: `0x${"ef".repeat(32)}`,
      wrappingKey: before.wrapping.spki,
      notAfter: new Date("2030-01-01T00:00:00Z"),
      policy: parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: any\n"),
      chainId: 31337,
    },
    privateKeyToAccount(`0x${"11".repeat(32)}`),
  );
  const reopened = await openGrant(grant, (await keysUnder(config)).wrapping.privateKey);
  expect(reopened.key.d).toBe(d);
  // What has no bearing on security does not cost the grants.
  const cheaper = {
    ...config,
    prices: { ...config.prices, cpuCoreHour: "1" },
    claim: { ...config.claim, intervalSeconds: 7 },
  };
  expect((await openGrant(grant, (await keysUnder(cheaper)).wrapping.privateKey)).key.d).toBe(d);
  const own = { ...config, chain: { ...config.chain, rpc: ["http://127.0.0.1:9999"] } };
  const after = await keysUnder(own);
  expect(after.wrapping.keyId).not.toBe(grant.providerKeyId);
  await expect(openGrant(grant, after.wrapping.privateKey)).rejects.toMatchObject({
    code: podErrors.GRANT_UNREADABLE.code,
  });
});

test("the meter key signs for the account that the claims name", async () => {
  const { meter } = await keysOf(honest);
  expect(isMeterKey(meter.publicKey)).toBe(true);
  expect(meterAddress(meter.publicKey)).toBe(meter.address.toLowerCase());
  const message = {
    domain: { name: "meter" },
    types: { Use: [{ name: "seconds", type: "uint64" }] },
    primaryType: "Use",
    message: { seconds: 1n },
  } as const;
  expect(await verifyKeySignature(meter.address, message, await meter.signTypedData(message))).toBe(true);
});

test("what is sealed to the HPKE key of the claims opens in this process, and in no later one", async () => {
  const [first, second] = [await keysOf(honest), await keysOf(honest)];
  const { publicKey, keyPair } = first.hpke;
  expect(isHpkeKey(publicKey)).toBe(true);
  expect(keyPair.privateKey.extractable).toBe(false);
  expect(second.hpke.publicKey).not.toEqual(publicKey);
  const kem = new DhkemP256HkdfSha256();
  expect(publicKey.slice(0, 2)).toEqual(Uint8Array.of(kem.id >> 8, kem.id & 0xff));
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientPublicKey = await kem.deserializePublicKey(publicKey.slice(2));
  const sender = await suite.createSenderContext({ recipientPublicKey });
  const sealed = await sender.seal(new TextEncoder().encode("a request"));
  const open = async (recipientKey: CryptoKeyPair) =>
    new TextDecoder().decode(
      await (await suite.createRecipientContext({ recipientKey, enc: sender.enc })).open(sealed),
    );
  expect(await open(keyPair)).toBe("a request");
  await expect(open(second.hpke.keyPair)).rejects.toThrow();
});

test("the keys of the specification", async () => {
  const text = readFileSync(new URL("../../../../docs/spec/evidence.md", import.meta.url), "utf8");
  const [, block = ""] = /^```json example=derived-keys\n([\s\S]*?)^```/m.exec(text) ?? [];
  const example = JSON.parse(block) as Record<string, string> & { chainId: number };
  const { derivedKey, configurationDigest: digest, provider, wrappingKey, meterKey } = example;
  const keys = await createProviderKeys(
    await attesterThat(() => ({ body: { key: toBase64(fromHex(derivedKey!)) } })),
    { configurationDigest: fromHex(digest!), chainId: example.chainId, provider: provider as `0x${string}` },
  );
  expect(toHex(keys.wrapping.spki)).toBe(wrappingKey);
  expect(toHex(keys.meter.publicKey)).toBe(meterKey);
});

test("evidence binds nonce, keys, chain and provider, and has the documented shape", async () => {
  const attester = await attesterThat(honest);
  const keys = await createProviderKeys(attester, binding);
  const tls = await createTlsIdentity(["127.0.0.1", "localhost"]);
  const subject = { ...binding, keys, tlsKey: tls.spki };
  await checkOwnEvidence(attester, subject);
  const nonce = new Uint8Array(32).fill(7);
  const evidence = await answerNonce(attester, subject, nonce);
  const read = parseEvidence(JSON.stringify(evidenceDocument(evidence)));
  expect(read.claims).toEqual({
    wrappingKey: keys.wrapping.spki,
    hpkeKey: keys.hpke.publicKey,
    meterKey: keys.meter.publicKey,
    tlsKey: tls.spki,
    chainId: 31337n,
    provider: `0x${"ab".repeat(20)}`,
    configurationDigest: binding.configurationDigest,
    nodePolicyDigest: new Uint8Array(32),
  });
  const report = read.kind === "sev-snp" ? readReport(read.report) : undefined;
  expect(report?.reportData).toEqual(reportData(nonce, read.claims));
});

test("the certificate holds the key that the evidence names, for the hosts it is served under", async () => {
  const tls = await createTlsIdentity(["127.0.0.1", "localhost"]);
  const certificate = new X509Certificate(tls.cert);
  expect(new Uint8Array(certificate.publicKey.export({ type: "spki", format: "der" }))).toEqual(tls.spki);
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect((await createTlsIdentity(["localhost"])).spki).not.toEqual(tls.spki);
});

test.each<[string, Answer]>([
  [
    "binds other data",
    (path, body) =>
      path === "/v1/report"
        ? { body: { report: report("00".repeat(64)), certificates } }
        : honest(path, body),
  ],
  ["has another size", () => ({ body: { report: "AQ==", certificates } })],
  ["lacks certificates", () => ({ body: { report: report("00".repeat(64)) } })],
  ["is an error", () => ({ status: 500, body: {} })],
])("a report that %s is found at start", async (_, answer) => {
  const subject = { ...binding, keys: await keysOf(honest), tlsKey: new Uint8Array() };
  await expect(checkOwnEvidence(await attesterThat(answer), subject)).rejects.toMatchObject({
    code: providerErrors.ATTESTER_ANSWER.code,
  });
});

test("a key of another size, and nobody at the socket", async () => {
  const short = await attesterThat(() => ({ body: { key: "AQ==" } }));
  await expect(createProviderKeys(short, binding)).rejects.toMatchObject({
    code: providerErrors.ATTESTER_ANSWER.code,
  });
  await expect(createProviderKeys(developmentAttester("/nonexistent/s"), binding)).rejects.toMatchObject({
    code: providerErrors.ATTESTER_UNREACHABLE.code,
  });
});
