import { parseRecord, providerKeyId } from "@apoc/attestation";
import { toBase64 } from "@apoc/encoding";
import { parseSignedRecord, type SignedRecord, signRecord } from "@apoc/core";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { openRecord } from "./signed-record.ts";

const developer = privateKeyToAccount(generatePrivateKey());
const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
const wrappingKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
const times = { evaluatedAt: "2026-11-22T00:00:00Z", expiresAt: "2026-11-29T00:00:00Z" };
const valid = new Date("2026-11-25T00:00:00Z");

function record() {
  const zero = "00".repeat(32);
  const provider = `0x${"5e".repeat(20)}`;
  const key = toBase64(wrappingKey);
  const result = {
    version: 2,
    kind: "sev-snp",
    status: "affirming",
    development: true,
    checks: [{ name: "NONCE_MISMATCH", verdict: "pass" }],
    claims: {
      wrappingKey: key,
      hpkeKey: "",
      meterKey: "",
      tlsKey: "",
      chainId: 31337,
      provider,
      configurationDigest: zero,
      nodePolicyDigest: zero,
    },
    product: null,
    chipId: null,
    measurement: null,
    tcb: null,
    policyDigest: zero,
    ...times,
  };
  return parseRecord({
    version: 2,
    evidenceDigest: zero,
    result,
    providerKeyId: providerKeyId(wrappingKey),
    wrappingKey: key,
    provider,
    chainId: 31337,
    nonce: toBase64(new Uint8Array(32)),
    policyDigest: zero,
    ...times,
  });
}

const textOf = (signed: SignedRecord) => JSON.stringify(signed);

test("a record opens for the developer who signed it, while it is valid", async () => {
  const signed = await signRecord(record(), developer);
  expect(await openRecord(textOf(signed), "f", developer.address, valid)).toEqual(signed);
  expect(parseSignedRecord(textOf(signed), "f")).toEqual(signed);
});

test("somebody else's record, an altered one and an expired one are refused", async () => {
  const signed = await signRecord(record(), developer);
  const other = privateKeyToAccount(generatePrivateKey());
  await expect(openRecord(textOf(signed), "f", other.address, valid)).rejects.toMatchObject({
    code: "APOC-9131",
  });
  const claimed = { ...signed, developer: `eip155:31337:${other.address}` } as const;
  await expect(openRecord(textOf(claimed), "f", other.address, valid)).rejects.toMatchObject({
    code: "APOC-9131",
  });
  const longer = "2027-11-29T00:00:00Z";
  const altered = {
    ...signed,
    record: {
      ...signed.record,
      expiresAt: longer,
      result: { ...signed.record.result, expiresAt: longer },
    },
  };
  await expect(openRecord(textOf(altered), "f", developer.address, valid)).rejects.toMatchObject({
    code: "APOC-9131",
  });
  await expect(
    openRecord(textOf(signed), "f", developer.address, new Date("2026-12-01T00:00:00Z")),
  ).rejects.toMatchObject({ code: "APOC-3021" });
});

test("other files are refused with their code", async () => {
  const signed = await signRecord(record(), developer);
  for (const text of ["no json", "[]", JSON.stringify({ ...signed, more: 1 })]) {
    expect(() => parseSignedRecord(text, "f")).toThrowError(expect.objectContaining({ code: "APOC-3003" }));
  }
  expect(() => parseSignedRecord(JSON.stringify({ ...signed, record: {} }), "f")).toThrowError(
    expect.objectContaining({ code: "APOC-3003" }),
  );
});
