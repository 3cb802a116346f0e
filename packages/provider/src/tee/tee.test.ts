import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  evidenceDocument,
  isP256Key,
  parseEvidence,
  readReport,
  reportData,
  reportSize,
} from "@apoc/attestation";
import { fromHex, toBase64 } from "@apoc/encoding";
import { openSecrets, sealSecrets } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../errors.ts";
import {
  answerNonce,
  checkOwnEvidence,
  createTlsIdentity,
  deriveWrappingKey,
  developmentAttester,
} from "./index.ts";

type Answer = (
  path: string,
  body: { reportData?: string; context?: string },
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

const certificates = { vek: "AQ==", intermediate: "Ag==", root: "Aw==" };
const honest: Answer = (path, { reportData: data, context }) =>
  path === "/v1/report"
    ? { body: { report: report(data!), certificates } }
    : { body: { key: toBase64(new Uint8Array(32).fill(context!.length)) } };

test("the wrapping key is the same after a restart, another in another TEE, and secrets sealed to it open", async () => {
  const first = await deriveWrappingKey(await attesterThat(honest));
  const again = await deriveWrappingKey(await attesterThat(honest));
  const other = await deriveWrappingKey(
    await attesterThat(() => ({ body: { key: toBase64(new Uint8Array(32).fill(9)) } })),
  );
  expect(again.keyId).toBe(first.keyId);
  expect(other.keyId).not.toBe(first.keyId);
  expect(isP256Key(first.spki)).toBe(true);
  expect(first.privateKey.extractable).toBe(false);
  const sealed = await sealSecrets(new Map([["a", new Uint8Array([1])]]), "0x01", first.spki);
  expect(await openSecrets(sealed, "0x01", again.privateKey)).toEqual(new Map([["a", new Uint8Array([1])]]));
  await expect(openSecrets(sealed, "0x01", other.privateKey)).rejects.toThrow();
});

test("evidence binds nonce, keys, chain and provider, and has the documented shape", async () => {
  const attester = await attesterThat(honest);
  const { spki } = await deriveWrappingKey(attester);
  const tls = await createTlsIdentity(["127.0.0.1", "localhost"]);
  const subject = {
    wrappingKey: spki,
    tlsKey: tls.spki,
    chainId: 31337,
    provider: `0x${"AB".repeat(20)}`,
  } as const;
  await checkOwnEvidence(attester, subject);
  const nonce = new Uint8Array(32).fill(7);
  const evidence = await answerNonce(attester, subject, nonce);
  const read = parseEvidence(JSON.stringify(evidenceDocument(evidence)));
  expect(read.claims).toMatchObject({ chainId: 31337n, provider: `0x${"ab".repeat(20)}`, tlsKey: tls.spki });
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
  const { spki } = await deriveWrappingKey(await attesterThat(honest));
  const subject = {
    wrappingKey: spki,
    tlsKey: new Uint8Array(),
    chainId: 1,
    provider: `0x${"ab".repeat(20)}`,
  } as const;
  await expect(checkOwnEvidence(await attesterThat(answer), subject)).rejects.toMatchObject({
    code: providerErrors.ATTESTER_ANSWER.code,
  });
});

test("a key of another size, and nobody at the socket", async () => {
  const short = await attesterThat(() => ({ body: { key: "AQ==" } }));
  await expect(deriveWrappingKey(short)).rejects.toMatchObject({ code: providerErrors.ATTESTER_ANSWER.code });
  await expect(deriveWrappingKey(developmentAttester("/nonexistent/s"))).rejects.toMatchObject({
    code: providerErrors.ATTESTER_UNREACHABLE.code,
  });
});
