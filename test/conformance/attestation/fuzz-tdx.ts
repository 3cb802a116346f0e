import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { provenData, type TdxCollateral, verifyTdx } from "@apoc/attestation";
import {
  type ParsedDocument,
  parseDocument,
  readQeIdentity,
  readTcbInfo,
} from "../../../packages/attestation/src/tdx/collateral.ts";
import { replayEventLog } from "../../../packages/attestation/src/tdx/event-log.ts";
import { readPckExtension } from "../../../packages/attestation/src/tdx/pck-extension.ts";
import { readQuote } from "../../../packages/attestation/src/tdx/quote.ts";
import { authorityOf, parseCertificate } from "../../../packages/attestation/src/x509/certificate.ts";
import { readPemCertificates } from "../../../packages/attestation/src/x509/pem.ts";
import { parseRevocationList } from "../../../packages/attestation/src/x509/revocation-list.ts";
import { tdxFlipCases } from "./flip.ts";
import { mutateBytes, mutateDer, mutateJson, mutateText } from "./fuzz-mutation.ts";
import { attempt, complete, type FuzzTarget, sameBytes } from "./fuzz-target.ts";
import { readTdxCase, tdxCaseReference } from "./tdx-case.ts";
import { folder } from "./vectors.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Quotes, their certificates and collateral, and event logs. */
export function tdxTargets(): FuzzTarget[] {
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
      return judge({ [name]: input }, sameBytes(input, seed));
    },
  });
  const document = (
    name: "tcbInfo" | "qeIdentity",
    read: (document: ParsedDocument) => unknown,
  ): FuzzTarget => ({
    name: `TDX ${name}`,
    seeds: [encoder.encode(collateral[name].text)],
    mutate: mutateJson,
    read: (input, seed) => {
      const text = decoder.decode(input);
      read(parseDocument(text));
      return judge({ [name]: { ...collateral[name], text } }, sameBytes(input, seed));
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
        const unchanged = sameBytes(input.subarray(0, end), seed.subarray(0, end));
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
        return judge({ tcbInfo: { ...collateral.tcbInfo, issuerChain } }, sameBytes(input, seed));
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
