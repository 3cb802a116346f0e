import { isDeepStrictEqual } from "node:util";
import {
  type AttestationRecord,
  createRecord,
  evidenceDigest,
  evidenceDocument,
  parseEvidence,
  parseRecord,
  parseTrustPolicy,
  policyDigest,
  recordMessage,
  snpReferenceValues,
  tdxReferenceValues,
  type TrustPolicy,
  verifyEvidence,
} from "@apoc/attestation";
import { developmentVectors } from "@apoc/attestation/testing";
import {
  canonicalJson,
  decodeBase64,
  decodeHex,
  fromBase64,
  fromHex,
  parseStrictJson,
  toBase64,
} from "@apoc/encoding";
import { parseSignedRecord, recordSigner, signRecord, verifyKeySignature } from "@apoc/core";
import { privateKeyToAccount } from "viem/accounts";
import { parse as parseYaml } from "yaml";
import { mutateBytes } from "./fuzz-mutation.ts";
import { faultOf, type FuzzTarget } from "./fuzz-target.ts";
import { mutateJson, mutateText } from "./fuzz-text.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const head = "apiVersion: apoc.network/trust-policy/v1\nname: a\nmaxAge: 1h\n";
const sha384 = (byte: string) => `"${byte.repeat(48)}"`;
/** Policies that name each member once; short ones, since most of the time goes into reading what was not changed. */
const policySeeds = [
  `${head}revocation: {snapshot: {takenAt: "2026-01-01T00:00:00Z", maxAge: 7d}}
snp:
  measurements: [${sha384("ab")}]
  minTcb: {Genoa: {bl: 1, tee: 0, snp: 2, ucode: 3}}
  vmpl: [0, 1]
`,
  `${head}tdx:
  mrTd: [${sha384("cd")}]
  rtmr: {0: [${sha384("00")}], 1: null, 2: null, 3: null}
`,
  `${head}tdx:
  events: [{rtmr: 2, type: 13, text: "a"}]
azure:
  pcrs: {4: ["${"ef".repeat(32)}"]}
`,
];

/** Documents of this project: evidence, policy, record, and the encodings in them. */
export async function documentTargets(): Promise<FuzzTarget[]> {
  const vectors = developmentVectors;
  const own = parseEvidence(vectors.evidence);
  const policy = parseTrustPolicy(vectors.policy);
  const nonce = fromBase64(vectors.evidence.nonce);
  const at = new Date(vectors.at);
  const digest = evidenceDigest(own);
  const record = createRecord(own, await verifyEvidence(own, { nonce, policy, at }));
  const policies = [vectors.policy, ...policySeeds];
  return [
    {
      name: "evidence",
      seeds: [encoder.encode(JSON.stringify(evidenceDocument(own)))],
      mutate: mutateJson,
      parse: (input) => parseEvidence(decoder.decode(input)),
      judge: async (input) => {
        const evidence = parseEvidence(decoder.decode(input));
        const again = parseEvidence(JSON.stringify(evidenceDocument(evidence)));
        if (evidenceDigest(again) !== evidenceDigest(evidence))
          return "another evidence when written and read";
        const { status, checks } = await verifyEvidence(evidence, { nonce, policy, at });
        const same = evidenceDigest(evidence) === digest;
        return faultOf({ affirming: status === "affirming", results: checks }, same);
      },
    },
    {
      name: "trust policy",
      seeds: policies.map((text) => encoder.encode(text)),
      mutate: mutateText,
      parse: readPolicy,
      judge: judgePolicy,
    },
    {
      name: "trust policy as JSON",
      seeds: policies.map((text) => encoder.encode(JSON.stringify(parseYaml(text)))),
      mutate: mutateJson,
      parse: readPolicy,
      judge: judgePolicy,
    },
    recordTarget(record),
    await signedRecordTarget(record),
    {
      name: "strict JSON",
      seeds: [encoder.encode('{"a":[1,{"b\\u0061":"x\\"y","c":{}}],"d":null}')],
      mutate: mutateText,
      parse: (input) => parseStrictJson(decoder.decode(input)),
      judge: (input) => {
        const text = decoder.decode(input);
        return isDeepStrictEqual(parseStrictJson(text), JSON.parse(text)) ? undefined : "another value";
      },
    },
    {
      name: "base64",
      seeds: ["AAECAw==", "AAECAwQ=", "AAECAwQF"].map((text) => encoder.encode(text)),
      mutate: mutateBytes,
      parse: (input) => decodeBase64(decoder.decode(input)) ?? false,
      judge: (input) =>
        toBase64(fromBase64(decoder.decode(input))) === decoder.decode(input) ? undefined : "another text",
    },
    {
      name: "hexadecimal",
      seeds: [encoder.encode("00ff7a")],
      mutate: mutateBytes,
      parse: (input) => decodeHex(decoder.decode(input)) ?? false,
      judge: (input) => {
        const text = decoder.decode(input);
        return Buffer.from(fromHex(text)).toString("hex") === text ? undefined : "another text";
      },
    },
  ];
}

function readPolicy(input: Uint8Array): TrustPolicy {
  return parseTrustPolicy(decoder.decode(input));
}

function judgePolicy(input: Uint8Array): string | undefined {
  const policy = readPolicy(input);
  const digest = policyDigest(policy);
  snpReferenceValues(policy);
  tdxReferenceValues(policy);
  const again = parseTrustPolicy(canonicalJson(policy));
  return policyDigest(again) === digest ? undefined : "another policy when written and read";
}

/** A record with its signature: whatever still bears the developer's must say what the developer signed. */
async function signedRecordTarget(record: AttestationRecord): Promise<FuzzTarget> {
  const developer = privateKeyToAccount(`0x${"11".repeat(32)}`);
  const signed = await signRecord(record, developer);
  return {
    name: "signed record",
    seeds: [encoder.encode(JSON.stringify(signed))],
    mutate: mutateJson,
    parse: (input) => parseSignedRecord(decoder.decode(input)),
    judge: async (input) => {
      const read = parseSignedRecord(decoder.decode(input));
      const signer = await recordSigner(read, verifyKeySignature);
      const same = isDeepStrictEqual(read.record, signed.record);
      return signer?.toLowerCase() !== developer.address.toLowerCase() || same ? undefined : "accepted";
    },
  };
}

/** A signature covers a record's message: whatever leaves the message as it is must leave the record as it is. */
function recordTarget(record: AttestationRecord): FuzzTarget {
  const text = (one: AttestationRecord) => canonicalJson(one);
  return {
    name: "record",
    seeds: [encoder.encode(text(record))],
    mutate: mutateJson,
    parse: (input) => parseRecord(decoder.decode(input)),
    judge: (input) => {
      const read = parseRecord(decoder.decode(input));
      if (!isDeepStrictEqual(recordMessage(read), recordMessage(record))) return undefined;
      return text(read) === text(record) ? undefined : "the signature holds over another record";
    },
  };
}
