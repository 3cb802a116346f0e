import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { verifyKeySignature } from "../signature.ts";
import { admissionErrors } from "../errors.ts";
import {
  decodeAuthorization,
  encodeAuthorization,
  parsePodRequest,
  requestTypedData,
  signRequest,
  walletRequests,
} from "./index.ts";

const publisher = privateKeyToAccount(`0x${"33".repeat(32)}`);
const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

test("an authorization survives its header and every field is signed", async () => {
  const signed = await signRequest(
    {
      action: "deploy",
      pod: { publisher: publisher.address, podId: `0x${"01".repeat(32)}` },
      provider: publisher.address,
      body: new Uint8Array([1, 2, 3]),
      block: { number: 7n, hash: `0x${"02".repeat(32)}` },
      chainId: 31337,
      contract,
      now: 1000,
    },
    walletRequests(publisher),
  );
  expect(decodeAuthorization(encodeAuthorization(signed))).toEqual(signed);
  const holds = (change: object, chainId = 31337) =>
    verifyKeySignature(
      publisher.address,
      requestTypedData({ ...signed, ...change }, chainId, contract),
      signed.signature,
    );
  expect(await holds({})).toBe(true);
  const zero = `0x${"00".repeat(32)}`;
  const changes = [
    { action: "delete" },
    { podId: zero },
    { publisher: contract },
    { provider: contract },
    { bodyHash: zero },
    { nonce: zero },
    { deadline: signed.deadline + 1 },
    { blockNumber: 8n },
    { blockHash: zero },
  ];
  for (const change of changes) expect(await holds(change)).toBe(false);
  expect(await holds({}, 1)).toBe(false);
});

test.each([null, "", "Bearer x", "APOC !!!", "APOC e30"])("header %j is refused with a code", (header) => {
  expect(() => decodeAuthorization(header)).toThrowError(expect.objectContaining({ code: "APOC-6101" }));
});

test("a request of another version is refused as such, header and body", () => {
  const refused = expect.objectContaining({ code: admissionErrors.REQUEST_VERSION.code, expected: "2" });
  const header = (document: object) => `APOC ${btoa(JSON.stringify(document)).replaceAll("=", "")}`;
  const first = { action: "status", pod: `0x${"01".repeat(32)}` };
  expect(() => decodeAuthorization(header(first))).toThrowError(refused);
  expect(() => decodeAuthorization(header({ ...first, version: 3 }))).toThrowError(refused);
  const body = new TextEncoder().encode(JSON.stringify({ version: 1, channel: {}, manifest: {} }));
  expect(() => parsePodRequest(body)).toThrowError(refused);
});
