import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDeployment } from "@apoc/core";
import { toHex } from "@apoc/encoding";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../errors.ts";
import { openAttester } from "../tee/index.ts";
import {
  configurationDigest,
  configurationDocument,
  loadProviderConfig,
  parseProviderConfig,
  sampleConfig,
} from "./index.ts";

const minimal = `
chain:
  id: eip155:31337
  rpc: [http://127.0.0.1:8545]
  paymentChannel: "0x5fbdb2315678afecb367f032d93f642f64180aa3"
  marketplace: "0x5FbDB2315678afecb367f032d93F642f64180aa3"
  tokens: ["0x5FbDB2315678afecb367f032d93F642f64180aa3"]
wallet: sofia
prices: {cpuCoreHour: 0.04, memoryGiBHour: "0.01", storageGiBHour: 0}
`;
const parse = (text: string) => parseProviderConfig(text, "/etc/apoc/provider.yaml");

test("what init writes is a valid configuration", () => {
  expect(parse(sampleConfig)).toMatchObject({
    wallet: "provider",
    development: true,
    suspendAfterSeconds: 1800,
  });
});

test("defaults are filled in, addresses get one spelling, paths are relative to the file", () => {
  const config = parse(minimal);
  expect(config.listen).toEqual({ host: "127.0.0.1", port: 8443 });
  expect(config.chain).toMatchObject({
    id: 31337,
    paymentChannel: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  });
  expect(config.policy).toEqual({
    confirmations: 3,
    maxHeadAgeSeconds: 120,
    minRunwaySeconds: 600,
    minGraceSeconds: 600,
    monitors: [],
  });
  expect(config.claim).toEqual({ intervalSeconds: 3600, minimum: "0" });
  expect(config.prices.cpuCoreHour).toBe("0.04");
  expect(config.dataDir).toBe("/etc/apoc/data");
  expect(parse(`${minimal}\nattester: {development: tee.sock}`).attester?.development).toBe(
    "/etc/apoc/tee.sock",
  );
  expect(parse(`${minimal}\nlisten: "[::1]:0"`).listen).toEqual({ host: "::1", port: 0 });
});

test("a chain of the deployments file needs no addresses; another one does, and says which", () => {
  const bare = minimal.replace(/^ {2}(paymentChannel|marketplace|tokens):.*\n/gm, "");
  const { paymentChannel, marketplace, token } = findDeployment("eip155:31337")!;
  expect(parse(bare).chain).toMatchObject({ paymentChannel, marketplace, tokens: [token] });
  expect(parse(minimal).chain.marketplace).toBe("0x5FbDB2315678afecb367f032d93F642f64180aa3");
  expect(() => parse(bare.replace("31337", "5"))).toThrow(
    expect.objectContaining({ code: providerErrors.CONFIG_INVALID.code, field: "chain.paymentChannel" }),
  );
});

test.each([
  ["wallet: sofia", "wallet: ../sofia", "wallet"],
  ["id: eip155:31337", "id: solana:1", "chain.id"],
  ["cpuCoreHour: 0.04", "cpuCoreHour: cheap", "prices.cpuCoreHour"],
  ["cpuCoreHour: 0.04", "cpuCoreHour: -1", "prices.cpuCoreHour"],
  ["rpc: [http://127.0.0.1:8545]", "rpc: [ftp://x]", "chain.rpc.0"],
  ["wallet: sofia", "wallet: sofia\ncolour: red", "colour"],
  ["wallet: sofia", "wallet: sofia\npolicy: {confirmation: 1}", "policy.confirmation"],
  ["wallet: sofia", "wallet: sofia\nsuspendAfterSeconds: 1", "suspendAfterSeconds"],
  ["wallet: sofia", "wallet: sofia\nlisten: 8443", "listen"],
])("%s changed to %s names the field", (from, to, field) => {
  expect(() => parse(minimal.replace(from, to))).toThrow(
    expect.objectContaining({ code: providerErrors.CONFIG_INVALID.code, field }),
  );
});

test("text that is no YAML, and a file that is not there", async () => {
  const code = providerErrors.CONFIG_INVALID.code;
  expect(() => parse("wallet: [")).toThrow(expect.objectContaining({ code }));
  await expect(loadProviderConfig("/nonexistent/provider.yaml")).rejects.toMatchObject({
    code: providerErrors.CONFIG_MISSING.code,
  });
  const folder = await mkdtemp(join(tmpdir(), "apoc-config-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "provider.yaml"), minimal);
  expect((await loadProviderConfig(join(folder, "provider.yaml"))).dataDir).toBe(join(folder, "data"));
});

test("the machine's own TEE is named instead of a development attester, never beside it", async () => {
  const attester = openAttester(parse(`${minimal}\nattester: {configfs: true, privlevel: 1}`));
  expect(attester).toMatchObject({ development: false, keyLifetime: "process" });
  for (const wrong of [
    "{}",
    "{configfs: false}",
    "{configfs: true, development: tee.sock}",
    "{development: tee.sock, privlevel: 1}",
    "{development: tee.sock, kds: http://kds.example}",
    "{configfs: true, privlevel: 4}",
  ])
    expect(() => parse(`${minimal}\nattester: ${wrong}`), wrong).toThrow(
      expect.objectContaining({ code: providerErrors.CONFIG_INVALID.code }),
    );
});

test("no attester is an error of its own, and a development attester needs to be allowed", () => {
  expect(() => openAttester(parse(minimal))).toThrow(
    expect.objectContaining({ code: providerErrors.ATTESTER_MISSING.code }),
  );
  const attester = `${minimal}\nattester: {development: tee.sock}`;
  expect(() => openAttester(parse(attester))).toThrow(
    expect.objectContaining({ code: providerErrors.ATTESTER_DEVELOPMENT.code }),
  );
  expect(openAttester(parse(`${attester}\ndevelopment: true`)).development).toBe(true);
});

test("the configuration of the specification has the document and the digest that stand there", () => {
  const text = readFileSync(new URL("../../../../docs/spec/evidence.md", import.meta.url), "utf8");
  const block = (name: string) =>
    new RegExp(`^\`\`\`\\w+ example=${name}\\n([\\s\\S]*?)^\`\`\``, "m").exec(text)?.[1] ?? "";
  const config = parse(block("provider-configuration"));
  expect(configurationDocument(config)).toEqual(JSON.parse(block("configuration")));
  const claims = JSON.parse(block("report-data")) as { configurationDigest: string };
  expect(toHex(configurationDigest(config))).toBe(claims.configurationDigest);
});

test("the digest of a configuration changes with what the checks rest on, and with nothing else", () => {
  const digest = (text: string) => toHex(configurationDigest(parse(text)));
  const own = digest(minimal);
  const other = (from: string | RegExp, to: string) => digest(minimal.replace(from, to));
  const monitor = `0x${"ab".repeat(20)}`;
  const changed = [
    digest(`${minimal}\ndevelopment: true`),
    digest(`${minimal}\nsuspendAfterSeconds: 60`),
    digest(`${minimal}\nengine: {socket: own.sock}`),
    digest(`${minimal}\npolicy: {confirmations: 0}`),
    digest(`${minimal}\npolicy: {maxHeadAgeSeconds: 600}`),
    digest(`${minimal}\npolicy: {monitors: [{address: "${monitor}", url: https://a.example}]}`),
    other("31337", "1"),
    other("8545", "8546"),
    other(/paymentChannel: .*/, `paymentChannel: "${monitor}"`),
    other(/marketplace: .*/, `marketplace: "${monitor}"`),
  ];
  expect(new Set([own, ...changed]).size).toBe(changed.length + 1);
  for (const same of [
    other("0.04", "0.05"),
    other(/tokens: .*/, `tokens: ["${monitor}"]`),
    other("wallet: sofia", "wallet: other"),
    digest(`${minimal}\nlisten: "[::1]:0"`),
    digest(`${minimal}\nclaim: {intervalSeconds: 60}`),
    digest(`${minimal}\npolicy: {minRunwaySeconds: 1}`),
  ])
    expect(same).toBe(own);
  const rpc = (urls: string) => other("[http://127.0.0.1:8545]", urls);
  expect(rpc("[http://b.example, http://a.example]")).toBe(
    rpc("[http://a.example/, http://b.example, http://a.example]"),
  );
  const moved = (url: string) =>
    digest(`${minimal}\npolicy: {monitors: [{address: "${monitor}", url: ${url}}]}`);
  expect(moved("https://a.example")).toBe(moved("https://b.example"));
});
