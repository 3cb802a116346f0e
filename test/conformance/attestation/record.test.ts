import { readFileSync } from "node:fs";
import {
  attestationRecordDomain,
  attestationRecordTypes,
  createRecord,
  parseEvidence,
  parseTrustPolicy,
  recordMessage,
  verifyEvidence,
} from "@apoc/attestation";
import { developmentVectors } from "@apoc/attestation/testing";
import { fromBase64 } from "@apoc/encoding";
import { TypedDataEncoder, verifyTypedData, Wallet } from "ethers";
import { expect, test } from "vitest";

const vectors = developmentVectors;
const types = { AttestationRecord: [...attestationRecordTypes.AttestationRecord] };

test("an independent EIP-712 implementation signs and recovers a record", async () => {
  const evidence = parseEvidence(vectors.evidence);
  const policy = parseTrustPolicy(vectors.policy);
  const nonce = fromBase64(vectors.evidence.nonce);
  const record = createRecord(
    evidence,
    await verifyEvidence(evidence, { nonce, policy, at: new Date(vectors.at) }),
  );
  const [domain, message] = [attestationRecordDomain(record), recordMessage(record)];
  const wallet = Wallet.createRandom();
  const signature = await wallet.signTypedData(domain, types, message);
  expect(verifyTypedData(domain, types, message, signature)).toBe(wallet.address);
  const later = { ...message, expiresAt: message.expiresAt + 1n };
  expect(verifyTypedData(domain, types, later, signature)).not.toBe(wallet.address);
});

test("the type is the one in the specification", () => {
  const text = readFileSync(new URL("../../../docs/spec/evidence.md", import.meta.url), "utf8");
  const written = /AttestationRecord\([^)]*\)/.exec(text)?.[0].replaceAll(/,\s+/g, ",");
  expect(TypedDataEncoder.from(types).encodeType("AttestationRecord")).toBe(written);
});
