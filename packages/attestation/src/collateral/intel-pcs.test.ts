import { writePem } from "@apoc/encoding";
import { expect, test } from "vitest";
import { attestationErrors } from "../errors.ts";
import { serveCollateral, type Reply } from "../testing/collateral-server.ts";
import { at, crl, evidence, vectors } from "../testing/development.ts";
import { IntelPcs, type IntelPcsOptions } from "./intel-pcs.ts";

// Shapes and headers of the service; who signed is for the verifier of the quote, so any certificate may stand here.
const { intermediate, root } = evidence.certificates;
const issuers = encodeURIComponent(`${writePem("CERTIFICATE", intermediate, root)}\0`);
const signature = "ab".repeat(64);
const open = (baseUrl: string, options: IntelPcsOptions = {}) =>
  new IntelPcs({
    baseUrl,
    rootCrlUrl: `${baseUrl}/root.der`,
    roots: [vectors.rootSha256],
    attempts: 1,
    now: () => at,
    ...options,
  });
const answer = { code: attestationErrors.COLLATERAL_ANSWER.code };
const tcbPath = "/tdx/certification/v4/tcb?fmspc=90c06f000000";
const info = `{"id":"TDX","version":3,"issueDate":"2026-11-01T00:00:00Z","nextUpdate":"2026-12-01T00:00:00Z", "fmspc":"90C06F000000"}`;
const tcbReply = (
  text: string,
  headers: Record<string, string> = { "TCB-Info-Issuer-Chain": issuers },
): Reply => ({
  headers,
  body: `{"tcbInfo":${text},"signature":"${signature}"}`,
});

test("TCB info and identity come with the exact text that was signed, and their issuers", async () => {
  const identity = `{"id":"TD_QE","issueDate":"2026-11-01T00:00:00Z","nextUpdate":"2026-12-01T00:00:00Z"}`;
  const server = await serveCollateral({
    [tcbPath]: tcbReply(info),
    "/tdx/certification/v4/qe/identity": {
      headers: { "SGX-Enclave-Identity-Issuer-Chain": issuers },
      body: `{"enclaveIdentity":${identity},"signature":"${signature.toUpperCase()}"}\n`,
    },
  });
  const pcs = open(server.url);
  const expected = { signature: Buffer.from(signature, "hex"), issuerChain: [intermediate, root] };
  const tcbInfo = await pcs.tcbInfo("90c06f000000", at);
  expect(tcbInfo.text).toBe(info);
  expect(Buffer.from(tcbInfo.signature)).toEqual(expected.signature);
  expect(tcbInfo.issuerChain).toEqual(expected.issuerChain);
  expect((await pcs.qeIdentity(at)).text).toBe(identity);
  const late = new Date("2026-12-02T00:00:00Z");
  await expect(pcs.tcbInfo("90c06f000000", late)).rejects.toMatchObject({
    code: attestationErrors.COLLATERAL_STALE.code,
  });
});

test("both revocation lists, with the issuers of the PCK CA's", async () => {
  const list = crl("empty");
  const server = await serveCollateral({
    "/sgx/certification/v4/pckcrl?ca=platform&encoding=der": {
      headers: { "SGX-PCK-CRL-Issuer-Chain": issuers },
      body: list,
    },
    "/root.der": { body: list },
  });
  const pcs = open(server.url);
  expect(await pcs.pckCrl("platform", at)).toMatchObject({ crl: list, issuerChain: [intermediate, root] });
  expect(await pcs.rootCrl(at)).toEqual(list);
  await expect(pcs.pckCrl("processor", at)).rejects.toMatchObject({
    code: attestationErrors.COLLATERAL_UNKNOWN.code,
  });
});

test.each<[string, Reply]>([
  ["without issuers", tcbReply(info, {})],
  ["with issuers that are no text", tcbReply(info, { "TCB-Info-Issuer-Chain": "%ff" })],
  [
    "under another root",
    tcbReply(info, {
      "TCB-Info-Issuer-Chain": encodeURIComponent(writePem("CERTIFICATE", root, intermediate)),
    }),
  ],
  ["for another platform", tcbReply(info.replace("90C0", "90C1"))],
  ["for SGX", tcbReply(info.replace('"TDX"', '"SGX"'))],
  ["without dates", tcbReply(info.replace("nextUpdate", "later"))],
  ["with two infos", tcbReply(`${info},"tcbInfo":${info}`)],
  ["that is an error page", { headers: { "TCB-Info-Issuer-Chain": issuers }, body: "<html>" }],
  ["that is too large", tcbReply(info + " ".repeat(131_072))],
])("an answer %s is refused", async (_, reply) => {
  const server = await serveCollateral({ [tcbPath]: reply });
  await expect(open(server.url).tcbInfo("90c06f000000", at)).rejects.toMatchObject(answer);
});

test("an FMSPC of another form is not asked for", async () => {
  const server = await serveCollateral({});
  for (const fmspc of ["90C06F000000", "90c06f00", "../../../../x"])
    await expect(open(server.url).tcbInfo(fmspc, at)).rejects.toMatchObject({
      code: attestationErrors.ENCODING.code,
    });
  expect(server.requests).toEqual([]);
});
