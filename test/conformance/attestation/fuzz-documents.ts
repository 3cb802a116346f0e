import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import {
  type AttestationRecord,
  canonicalJson,
  createRecord,
  evidenceDigest,
  evidenceDocument,
  fromBase64,
  fromHex,
  parseEvidence,
  parseRecord,
  parseTrustPolicy,
  policyDigest,
  recordMessage,
  snpReferenceValues,
  tdxReferenceValues,
  toBase64,
  type TrustPolicy,
  verifyEvidence,
} from "@apoc/attestation";
import { parseStrictJson } from "../../../packages/attestation/src/strict-json.ts";
import { mutateBytes, mutateJson, mutateText } from "./fuzz-mutation.ts";
import { complete, type FuzzTarget } from "./fuzz-target.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Documents of this project: evidence, policy, record, and the encodings in them. */
export async function documentTargets(): Promise<FuzzTarget[]> {
  const path = new URL("../../../packages/attestation/src/testing/development.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(path, "utf8")) as {
    at: string;
    policy: string;
    evidence: { nonce: string };
  };
  const own = parseEvidence(vectors.evidence);
  const policy = parseTrustPolicy(vectors.policy);
  const nonce = fromBase64(vectors.evidence.nonce);
  const at = new Date(vectors.at);
  const digest = evidenceDigest(own);
  const full = `apiVersion: apoc.network/trust-policy/v1
name: all
maxAge: 3600
revocation: {snapshot: {takenAt: "2026-01-01T00:00:00Z", maxAge: 7d}}
snp:
  measurements: ["${"ab".repeat(48)}"]
  minTcb: {Genoa: {bl: 1, tee: 0, snp: 2, ucode: 3}}
  vmpl: [0, 1]
tdx:
  mrTd: ["${"cd".repeat(48)}"]
  rtmr: {0: ["${"00".repeat(48)}"], 1: null, 2: null, 3: null}
`;
  return [
    {
      name: "evidence",
      seeds: [encoder.encode(JSON.stringify(evidenceDocument(own)))],
      mutate: mutateJson,
      read: async (input) => {
        const evidence = parseEvidence(decoder.decode(input));
        const again = parseEvidence(JSON.stringify(evidenceDocument(evidence)));
        if (evidenceDigest(again) !== evidenceDigest(evidence))
          return "another evidence when written and read";
        const result = await verifyEvidence(evidence, { nonce, policy, at });
        if (result.status !== "affirming") return complete(result.checks);
        return evidenceDigest(evidence) === digest || "affirmed";
      },
    },
    {
      name: "trust policy",
      seeds: [vectors.policy, full].map((text) => encoder.encode(text)),
      mutate: mutateText,
      read: (input) => readPolicy(parseTrustPolicy(decoder.decode(input))),
    },
    {
      name: "trust policy as JSON",
      seeds: [vectors.policy, full].map((text) => encoder.encode(JSON.stringify(parseTrustPolicy(text)))),
      mutate: mutateJson,
      read: (input) => readPolicy(parseTrustPolicy(decoder.decode(input))),
    },
    recordTarget(createRecord(own, await verifyEvidence(own, { nonce, policy, at }))),
    {
      name: "strict JSON",
      seeds: [encoder.encode('{"a":[1,{"b\\u0061":"x\\"y","c":{}}],"d":null}')],
      mutate: mutateText,
      read: (input) => {
        const text = decoder.decode(input);
        return isDeepStrictEqual(parseStrictJson(text), JSON.parse(text)) || "another value";
      },
    },
    {
      name: "base64",
      seeds: ["AAECAw==", "AAECAwQ=", "AAECAwQF"].map((text) => encoder.encode(text)),
      mutate: mutateBytes,
      read: (input) =>
        toBase64(fromBase64(decoder.decode(input))) === decoder.decode(input) || "another text",
    },
    {
      name: "hexadecimal",
      seeds: [encoder.encode("00ff7a")],
      mutate: mutateBytes,
      read: (input) =>
        Buffer.from(fromHex(decoder.decode(input))).toString("hex") === decoder.decode(input) || "other",
    },
  ];
}

function readPolicy(policy: TrustPolicy): boolean | string {
  const digest = policyDigest(policy);
  snpReferenceValues(policy);
  tdxReferenceValues(policy);
  const again = parseTrustPolicy(canonicalJson(JSON.parse(JSON.stringify(policy))));
  return policyDigest(again) === digest || "another policy when written and read";
}

/** A signature covers a record's message: whatever leaves the message as it is must leave the record as it is. */
function recordTarget(record: AttestationRecord): FuzzTarget {
  const text = (one: AttestationRecord) => canonicalJson(JSON.parse(JSON.stringify(one)));
  return {
    name: "record",
    seeds: [encoder.encode(text(record))],
    mutate: mutateJson,
    read: (input) => {
      const read = parseRecord(decoder.decode(input));
      if (!isDeepStrictEqual(recordMessage(read), recordMessage(record))) return true;
      return text(read) === text(record) || "the signature holds over another record";
    },
  };
}
