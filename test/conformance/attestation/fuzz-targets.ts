import { readdirSync, readFileSync } from "node:fs";
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
  provenData,
  recordMessage,
  snpReferenceValues,
  type TdxCollateral,
  tdxReferenceValues,
  toBase64,
  type TrustPolicy,
  verifyEvidence,
  verifySnp,
  verifyTdx,
} from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import { readHclReport } from "../../../packages/attestation/src/azure/hcl-report.ts";
import { readRuntimeData } from "../../../packages/attestation/src/azure/runtime-data.ts";
import { readTpmQuote } from "../../../packages/attestation/src/azure/tpm-quote.ts";
import { DerError } from "../../../packages/attestation/src/der.ts";
import { readReport } from "../../../packages/attestation/src/snp/report.ts";
import { readVekExtensions } from "../../../packages/attestation/src/snp/vek-extensions.ts";
import { JsonError, parseStrictJson } from "../../../packages/attestation/src/strict-json.ts";
import { LayoutError } from "../../../packages/attestation/src/tdx/byte-reader.ts";
import {
  parseDocument,
  readQeIdentity,
  readTcbInfo,
} from "../../../packages/attestation/src/tdx/collateral.ts";
import { replayEventLog } from "../../../packages/attestation/src/tdx/event-log.ts";
import { readPckExtension } from "../../../packages/attestation/src/tdx/pck-extension.ts";
import { readQuote } from "../../../packages/attestation/src/tdx/quote.ts";
import {
  authorityOf,
  type Certificate,
  parseCertificate,
} from "../../../packages/attestation/src/x509/certificate.ts";
import { readPemCertificates } from "../../../packages/attestation/src/x509/pem.ts";
import { parseRevocationList } from "../../../packages/attestation/src/x509/revocation-list.ts";
import { readCertificateTable } from "../../../packages/provider/src/tee/certificate-table.ts";
import type { Case } from "./cases.ts";
import { snpFlipCases, tdxFlipCases } from "./flip.ts";
import { mutateBytes, mutateDer, mutateJson, mutateSized, mutateText, type Random } from "./fuzz-mutation.ts";
import { readSnpCase, type SnpCase, snpCaseReference } from "./snp-case.ts";
import { readTdxCase, tdxCaseReference } from "./tdx-case.ts";
import { cases, folder } from "./vectors.ts";

/** One parser, or one part of evidence, that is given changed inputs. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly mutate: (random: Random, seed: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;
  /**
   * Reads the input; throws what the parser throws. Gives whether it was refused (`false`), or was read and has no more
   * force than it may have (`true`), or what it was wrongly taken for.
   */
  readonly read: (input: Uint8Array, seed: Uint8Array) => boolean | string | Promise<boolean | string>;
}

/** Whether an error is one that a parser documents, and no exception of the language that slipped through. */
export function isTyped(error: unknown): boolean {
  if (error instanceof ApocError)
    return (
      error.cause === undefined ||
      !(error.cause instanceof Error) ||
      isTyped(error.cause) ||
      isOfPlatform(error.cause)
    );
  return [DerError, LayoutError, JsonError].some((type) => error instanceof type) || isOfPlatform(error);
}

/** Text that is not UTF-8, which parsers may pass on from the platform's decoder; JSON that the platform refuses. */
function isOfPlatform(error: unknown): boolean {
  const { code } = error as { code?: string };
  return (
    error instanceof SyntaxError ||
    (error instanceof TypeError && code === "ERR_ENCODING_INVALID_ENCODED_DATA")
  );
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** All targets; those of genuine evidence only where the vectors are. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  return [
    ...(await documentTargets()),
    ...(cases.length === 0 ? [] : [...snpTargets(), ...tdxTargets(), ...azureTargets()]),
  ];
}

/** Documents of this project: evidence, policy, record, and the encodings in them. */
async function documentTargets(): Promise<FuzzTarget[]> {
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

/** A verdict without a failed check and without an accept would have no reason code. */
function complete(checks: readonly { readonly verdict: string }[]): false | string {
  return checks.some(({ verdict }) => verdict === "fail") ? false : "refused without a reason";
}

function snpTargets(): FuzzTarget[] {
  const accepted = snpFlipCases(folder, cases);
  const reports = accepted.map((one) => readSnpCase(folder, one).evidence.report);
  const veks = accepted.map((one) => readSnpCase(folder, one).evidence.certificates.vek);
  const listed = cases.find(({ id }) => id === "dev/v3-ok") as Case & SnpCase;
  const verifier = (one: SnpCase, part: "report" | "vek" | "intermediate" | "root" | "crl") => {
    const { evidence } = readSnpCase(folder, one);
    const reference = snpCaseReference(one.policy);
    const bound = Buffer.from(one.policy.reportData, "hex");
    return async (input: Uint8Array, seed: Uint8Array): Promise<boolean | string> => {
      const certificates = {
        ...evidence.certificates,
        ...(part !== "report" && part !== "crl" && { [part]: input }),
      };
      const changed = {
        ...evidence,
        certificates,
        ...((part === "report" || part === "crl") && { [part]: input }),
      };
      const { checks } = await verifySnp(changed, reference, bound, new Date(one.at));
      return checks.affirming ? same(input, seed) || "accepted" : complete(checks.results);
    };
  };
  const verifiers = accepted.map((one) => ({ report: verifier(one, "report"), vek: verifier(one, "vek") }));
  const place = (seeds: readonly Uint8Array[], seed: Uint8Array) => verifiers[seeds.indexOf(seed)]!;
  const [genoa] = accepted;
  const { certificates } = readSnpCase(folder, genoa!).evidence;
  const [intermediate, root, crl] = [
    verifier(genoa!, "intermediate"),
    verifier(genoa!, "root"),
    verifier(listed, "crl"),
  ];
  return [
    {
      name: "SNP report",
      seeds: reports,
      mutate: mutateSized,
      read: (input, seed) => readReport(input) !== undefined && place(reports, seed).report(input, seed),
    },
    {
      name: "VEK certificate",
      seeds: veks,
      mutate: mutateDer,
      read: (input, seed) => {
        authorityOf(parseCertificate(input));
        return place(veks, seed).vek(input, seed);
      },
    },
    {
      name: "intermediate certificate",
      seeds: [certificates.intermediate],
      mutate: mutateDer,
      read: (input, seed) => {
        authorityOf(parseCertificate(input));
        return intermediate(input, seed);
      },
    },
    {
      name: "root certificate",
      seeds: [certificates.root],
      mutate: mutateDer,
      read: (input, seed) => {
        authorityOf(parseCertificate(input));
        return root(input, seed);
      },
    },
    {
      name: "SNP revocation list",
      seeds: [readSnpCase(folder, listed).evidence.crl!],
      mutate: mutateDer,
      read: (input, seed) => {
        parseRevocationList(input);
        return crl(input, seed);
      },
    },
    {
      name: "VEK extensions",
      seeds: extensionSeeds(veks.map(parseCertificate)),
      mutate: mutateDer,
      read: (input) => {
        const certificate = withExtensions(parseCertificate(veks[0]!), input);
        for (const product of ["Genoa", "Turin"] as const)
          for (const kind of ["vcek", "vlek"] as const)
            attempt(() => readVekExtensions(certificate, product, kind));
        return true;
      },
    },
    {
      name: "certificate table",
      seeds: [readFileSync(`${folder}snp/_extra/auxblob-turin.bin`)],
      mutate: mutateBytes,
      read: (input) => {
        const found = Object.values(readCertificateTable(input));
        return (
          found.every((bytes) => bytes.length > 0 && bytes.length <= input.length) || "bytes from elsewhere"
        );
      },
    },
  ];
}

/** Extensions of certificates, one after the other: value length as two bytes, value. In the order of their names. */
function extensionSeeds(certificates: readonly Certificate[]): Uint8Array[] {
  return certificates.map(({ extensions }) => {
    const list = [...extensions].sort(([a], [b]) => (a < b ? -1 : 1));
    return Buffer.concat(
      list.map(([, { value }]) =>
        Buffer.concat([Buffer.from([4, 0x82, value.length >> 8, value.length]), value]),
      ),
    );
  });
}

function withExtensions(certificate: Certificate, bytes: Uint8Array): Certificate {
  const oids = [...certificate.extensions.keys()].sort();
  const extensions = new Map<string, { critical: boolean; value: Uint8Array<ArrayBuffer> }>();
  let at = 0;
  for (const oid of oids) {
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    extensions.set(oid, { critical: false, value: Uint8Array.from(bytes.subarray(at + 4, at + 4 + length)) });
    at += 4 + length;
  }
  return { ...certificate, extensions };
}

/** Runs a parser whose refusal is fine; any other error than a typed one goes on. */
function attempt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
}

function tdxTargets(): FuzzTarget[] {
  const accepted = tdxFlipCases(folder);
  const parts = accepted.map((one) => {
    const { evidence, root } = readTdxCase(folder, one);
    const reference = tdxCaseReference(one.policy, root);
    const bound = Buffer.from(one.policy.reportData, "hex");
    const { quote, collateral } = evidence;
    const verify = async (changed: { quote: Uint8Array; collateral: TdxCollateral }) =>
      (await verifyTdx(changed, reference, bound, new Date(one.at))).checks;
    return { quote, collateral: collateral!, verify };
  });
  const [v4] = parts;
  const { collateral } = v4!;
  const quotes = parts.map(({ quote }) => quote);
  const chain = readQuote(v4!.quote).certificates;
  const judge = async (changed: Partial<TdxCollateral>, unchanged: boolean): Promise<boolean | string> => {
    const checks = await v4!.verify({ quote: v4!.quote, collateral: { ...collateral, ...changed } });
    return checks.affirming ? unchanged || "accepted" : complete(checks.results);
  };
  const list = (name: "rootCrl" | "pckCrl"): FuzzTarget => ({
    name: `TDX ${name}`,
    seeds: [collateral[name]],
    mutate: mutateDer,
    read: (input, seed) => {
      parseRevocationList(input);
      return judge({ [name]: input }, same(input, seed));
    },
  });
  const document = (name: "tcbInfo" | "qeIdentity", read: (value: unknown) => unknown): FuzzTarget => ({
    name: `TDX ${name}`,
    seeds: [encoder.encode(collateral[name].text)],
    mutate: mutateJson,
    read: (input, seed) => {
      const text = decoder.decode(input);
      read(parseDocument(text));
      return judge({ [name]: { ...collateral[name], text } }, same(input, seed));
    },
  });
  const log = readFileSync(`${folder}tdx/v4-cos113-ccel/ccel_data_trimmed.bin`);
  const replayed = replayEventLog(log);
  return [
    {
      name: "TDX quote",
      seeds: quotes,
      mutate: mutateBytes,
      read: async (input, seed) => {
        const { padding } = readQuote(input);
        const end = input.length - padding;
        const { verify, collateral: own } = parts[quotes.indexOf(seed)]!;
        const checks = await verify({ quote: input, collateral: own });
        // Bytes after the stated end are padding, and no part of the quote.
        const unchanged = same(input.subarray(0, end), seed.subarray(0, end));
        return checks.affirming ? unchanged || "accepted" : complete(checks.results);
      },
    },
    {
      name: "PCK certificate",
      seeds: chain,
      mutate: mutateDer,
      read: (input) => {
        const certificate = parseCertificate(input);
        authorityOf(certificate);
        attempt(() => readPckExtension(certificate));
        return true;
      },
    },
    {
      name: "PCK extension",
      seeds: [parseCertificate(chain[0]).extensions.get("1.2.840.113741.1.13.1")!.value],
      mutate: mutateDer,
      read: (input) => {
        const value = { critical: false, value: Uint8Array.from(input) };
        readPckExtension({
          ...parseCertificate(chain[0]),
          extensions: new Map([["1.2.840.113741.1.13.1", value]]),
        });
        return true;
      },
    },
    list("rootCrl"),
    list("pckCrl"),
    document("tcbInfo", readTcbInfo),
    document("qeIdentity", readQeIdentity),
    {
      name: "TDX issuer certificate",
      seeds: collateral.tcbInfo.issuerChain,
      mutate: mutateDer,
      read: (input, seed) => {
        parseCertificate(input);
        const issuerChain = collateral.tcbInfo.issuerChain.map((one) => (one === seed ? input : one));
        return judge({ tcbInfo: { ...collateral.tcbInfo, issuerChain } }, same(input, seed));
      },
    },
    {
      name: "PEM chain",
      seeds: [encoder.encode(pem(chain))],
      mutate: mutateText,
      read: (input) => readPemCertificates(decoder.decode(input), 4).length > 0,
    },
    {
      name: "event log",
      seeds: [log],
      mutate: mutateBytes,
      read: (input) => {
        const { events, rtmrs } = replayEventLog(input);
        for (const event of events) provenData(event);
        if (!isDeepStrictEqual(rtmrs, replayed.rtmrs)) return true;
        const digests = [events, replayed.events].map((all) =>
          all.map(({ rtmr, digest }) => [rtmr, ...digest].join()),
        );
        // Registers are extended each for itself: only the order within one is proven.
        const [a, b] = digests.map((all) => all.toSorted((x, y) => Number(x[0]) - Number(y[0])));
        return isDeepStrictEqual(a, b) || "the same registers by other events";
      },
    },
  ];
}

function pem(certificates: readonly Uint8Array[]): string {
  return certificates
    .map((der) => {
      const lines =
        Buffer.from(der)
          .toString("base64")
          .match(/.{1,64}/g) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
    })
    .join("");
}

/** Parsers only: what evidence on Azure is accepted for is tested with a TPM of the test's own. */
function azureTargets(): FuzzTarget[] {
  const documents = readdirSync(`${folder}azure-vtpm`)
    .filter((name) => name.endsWith(".json"))
    .map(
      (name) => JSON.parse(readFileSync(`${folder}azure-vtpm/${name}`, "utf8")) as Record<string, unknown>,
    );
  const found = (pattern: (bytes: Uint8Array) => boolean) =>
    documents.flatMap((document) => byteStrings(document)).filter(pattern);
  const reports = found(
    (bytes) => bytes.length > 0x4c0 && Buffer.from(bytes.subarray(0, 4)).toString() === "HCLA",
  );
  const quotes = found(
    (bytes) => bytes.length < 1024 && Buffer.from(bytes.subarray(0, 4)).toString("hex") === "ff544347",
  );
  const target = (
    name: string,
    seeds: readonly Uint8Array[],
    mutate: FuzzTarget["mutate"],
    read: (bytes: Uint8Array) => unknown,
  ) =>
    seeds.length === 0 ? [] : [{ name, seeds, mutate, read: (input: Uint8Array) => (read(input), true) }];
  const runtime = reports.map((bytes) => readHclReport(bytes).runtimeData);
  return [
    ...target("HCL report", reports, mutateBytes, readHclReport),
    ...target("runtime data", runtime, mutateJson, readRuntimeData),
    ...target("TPM quote", quotes, mutateBytes, readTpmQuote),
  ];
}

/** Every byte string in a JSON value, however it is written: as numbers, or base64 of either alphabet. */
function byteStrings(value: unknown): Uint8Array[] {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number"))
    return [Uint8Array.from(value as number[])];
  if (typeof value === "string") return [Buffer.from(value, "base64"), Buffer.from(value, "hex")];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(byteStrings);
  return [];
}
