import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { provenData, type TdxCollateral, verifyTdx } from "@apoc/attestation";
import {
  authorityOf,
  parseCertificate,
  type ParsedDocument,
  parseDocument,
  parseRevocationList,
  readEcdsaSignature,
  readPckExtension,
  readQeIdentity,
  readQuote,
  readTcbInfo,
  replayEventLog,
  splitSigned,
} from "@apoc/attestation/testing";
import { der, readPemBlocks, toHex, writePem } from "@apoc/encoding";
import { tdxFlipCases } from "./flip.ts";
import { mutateDer } from "./fuzz-der.ts";
import { mutateBytes } from "./fuzz-mutation.ts";
import { attempt, faultOf, type FuzzTarget, sameBytes } from "./fuzz-target.ts";
import { mutateJson, mutateText } from "./fuzz-text.ts";
import { readTdxCase, tdxCaseReference } from "./tdx-case.ts";
import { folder, has, leaveOut } from "./vectors.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Quotes, their certificates and collateral, and event logs. */
export function tdxTargets(): FuzzTarget[] {
  const accepted = tdxFlipCases(folder);
  if (accepted.length === 0) {
    leaveOut("changed TDX evidence", ["tdx/v4-phala"]);
    return [];
  }
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
  const judge = async (changed: Partial<TdxCollateral>) =>
    faultOf(await v4!.verify({ quote: v4!.quote, collateral: { ...collateral, ...changed } }));
  const list = (name: "rootCrl" | "pckCrl"): FuzzTarget => ({
    name: `TDX ${name}`,
    seeds: [collateral[name]],
    mutate: mutateDer,
    parse: parseRevocationList,
    judge: (input) => judge({ [name]: input }),
  });
  const document = (
    name: "tcbInfo" | "qeIdentity",
    read: (document: ParsedDocument) => unknown,
  ): FuzzTarget => ({
    name: `TDX ${name}`,
    seeds: [encoder.encode(collateral[name].text)],
    mutate: mutateJson,
    parse: (input) => read(parseDocument(decoder.decode(input))),
    judge: (input) => judge({ [name]: { ...collateral[name], text: decoder.decode(input) } }),
  });
  return [
    {
      name: "TDX quote",
      seeds: quotes,
      mutate: mutateBytes,
      parse: readQuote,
      judge: async (input, seed) => {
        const end = input.length - readQuote(input).padding;
        const { verify, collateral: own } = parts[quotes.indexOf(seed)]!;
        // Bytes after the stated end are padding, and no part of the quote.
        const same = sameBytes(input.subarray(0, end), seed.subarray(0, end));
        return faultOf(await verify({ quote: input, collateral: own }), same);
      },
    },
    {
      name: "PCK certificate",
      seeds: chain,
      mutate: mutateDer,
      parse: (input) => {
        const certificate = parseCertificate(input);
        authorityOf(certificate);
        attempt(() => readPckExtension(certificate));
      },
    },
    {
      name: "PCK extension",
      seeds: [parseCertificate(chain[0]).extensions.get("1.2.840.113741.1.13.1")!.value],
      mutate: mutateDer,
      parse: (input) => {
        const value = { critical: false, value: Uint8Array.from(input) };
        return readPckExtension({
          ...parseCertificate(chain[0]),
          extensions: new Map([["1.2.840.113741.1.13.1", value]]),
        });
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
      parse: parseCertificate,
      judge: (input, seed) => {
        const issuerChain = collateral.tcbInfo.issuerChain.map((one) => (one === seed ? input : one));
        return judge({ tcbInfo: { ...collateral.tcbInfo, issuerChain } });
      },
    },
    {
      name: "answer of Intel's service",
      seeds: [encoder.encode(`{"tcbInfo":${collateral.tcbInfo.text},"signature":"${"ab".repeat(64)}"}`)],
      mutate: mutateText,
      parse: (input) => JSON.parse(splitSigned(decoder.decode(input), "tcbInfo").text) as unknown,
      judge: (input) => {
        // What is taken out must be what any parser of JSON finds, to the byte.
        const { text, signature } = splitSigned(decoder.decode(input), "tcbInfo");
        const answer = JSON.parse(decoder.decode(input)) as { tcbInfo: unknown; signature: string };
        const same = isDeepStrictEqual(answer, {
          tcbInfo: JSON.parse(text) as unknown,
          signature: answer.signature,
        });
        return same && toHex(signature) === answer.signature.toLowerCase() ? undefined : "another document";
      },
    },
    {
      name: "ECDSA signature",
      seeds: chain.map((certificate) => parseCertificate(certificate).signature),
      mutate: mutateDer,
      parse: readEcdsaSignature,
      judge: (input) => {
        const scalars = readEcdsaSignature(input);
        const again = der.sequence(der.unsigned(scalars.slice(0, 32)), der.unsigned(scalars.slice(32)));
        return sameBytes(again, input) ? undefined : "the same numbers in another form";
      },
    },
    {
      name: "PEM chain",
      seeds: [encoder.encode(writePem("CERTIFICATE", ...chain))],
      mutate: mutateText,
      parse: (input) => readPemBlocks(decoder.decode(input), "CERTIFICATE", 4),
    },
    ...eventLogTarget(),
  ];
}

function eventLogTarget(): FuzzTarget[] {
  const file = "tdx/v4-cos113-ccel/ccel_data_trimmed.bin";
  if (!has(file)) {
    leaveOut("changed event logs", [file]);
    return [];
  }
  const log = Uint8Array.from(readFileSync(folder + file));
  const logs = [log, beginning(log, 12), beginning(log, 6)];
  return [
    {
      name: "event log",
      seeds: logs,
      mutate: mutateBytes,
      parse: (input) => replayEventLog(input).events.map(provenData),
      judge: (input, seed) => {
        const [changed, original] = [replayEventLog(input), replayEventLog(seed)];
        if (!isDeepStrictEqual(changed.rtmrs, original.rtmrs)) return undefined;
        const digests = [changed, original].map(({ events }) =>
          events.map(({ rtmr, digest }) => [rtmr, ...digest].join()),
        );
        // Registers are extended each for itself: only the order within one is proven.
        const [a, b] = digests.map((all) => all.toSorted((x, y) => Number(x[0]) - Number(y[0])));
        return isDeepStrictEqual(a, b) ? undefined : "the same registers by other events";
      },
    },
  ];
}

/** The beginning of a log with so many events: a shorter log of its own right. */
function beginning(log: Uint8Array, count: number): Uint8Array {
  const { data } = replayEventLog(log).events[count - 1]!;
  return log.slice(0, data.byteOffset + data.length);
}
