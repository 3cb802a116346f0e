import { readFileSync } from "node:fs";
import { parseQuote } from "@apoc/attestation";
import { toHex } from "@apoc/encoding";
import type { Case } from "./cases.ts";
import type { TdxCase } from "./tdx-case.ts";
import { cases, folder, has } from "./vectors.ts";

/** A case that is made here: what differs from one that is judged as its policy says, and the code that this gives. */
type Change = readonly [
  name: string,
  code: string,
  change: Partial<Omit<TdxCase, "policy">>,
  policy?: object,
];

/** Cases of the vectors' form for changes of one case. */
const changed = (base: TdxCase, changes: readonly Change[]): Case[] =>
  changes.map(([name, expect, change, policy]) => ({
    ...base,
    ...change,
    kind: "tdx",
    id: `${base.id}: ${name}`,
    policy: { ...base.policy, ...policy },
    expect,
  }));
const intel = "roots/intel/IntelSGXRootCA.der";
const flip = (offset: number, target = "quote") => ({ mutate: [{ target, offset, xor: 1 }] });
const set = (offset: number, hex: string) => ({ mutate: [{ target: "quote", offset, set: hex }] });
const last = (target: string) => ({ mutate: [{ target, fromEnd: 1, xor: 1 }] });
const collateral = (name: string) =>
  JSON.parse(readFileSync(`${folder}tdx/collateral/${name}.json`, "utf8")) as Record<string, string>;

/** A case for a genuine quote under a policy that names what the quote has. */
function genuineCase(name: string, document: string | undefined, at: string): TdxCase {
  const quote = `tdx/${name}/quote.bin`;
  const { body } = parseQuote(readFileSync(`${folder}${quote}`));
  return {
    id: name,
    quote,
    ...(document === undefined ? {} : { collateral: `tdx/collateral/${document}.json` }),
    root: intel,
    at,
    policy: {
      statuses: ["UpToDate"],
      mrTd: [toHex(body.mrTd)],
      rtmr: Object.fromEntries(body.rtmrs.map((value, index) => [String(index), [toHex(value)]])),
      mrConfigId: toHex(body.mrConfigId),
      mrSeam: toHex(body.mrSeam),
      reportData: toHex(body.reportData),
      ...(document === undefined && { collateral: "off" as const }),
    },
    expect: "ACCEPT",
  };
}

/** Every kind of change to every genuine quote. */
function genuine(): Case[] {
  const quotes = [
    ["v4-phala", "phala-2025-06", "2025-06-20T12:00:00Z", "ACCEPT", "ROOT_CRL_STALE"],
    ["v5-google", "phala-2026-02", "2026-02-19T12:00:00Z", "ACCEPT", "ROOT_CRL_STALE"],
    [
      "v5-phala-unsupported-tcb",
      "phala-2026-02",
      "2026-02-19T12:00:00Z",
      "TCB_NOT_SUPPORTED",
      "ROOT_CRL_STALE",
    ],
    ["v4-debug-trustee", "google-2023-06", "2023-07-01T01:00:00Z", "DEBUG", "ROOT_CRL_STALE"],
    [
      "v4-google-unsupported-tcb",
      "google-2023-06",
      "2023-07-01T01:00:00Z",
      "TCB_NOT_SUPPORTED",
      "ROOT_CRL_STALE",
    ],
    ["v4-cos113-ccel", undefined, "2025-06-01T00:00:00Z", "ACCEPT", "ACCEPT"],
    ["v4-azure-no-septve", undefined, "2024-06-01T00:00:00Z", "SEPT_VE_DISABLE", "SEPT_VE_DISABLE"],
    ["v5-trustee-service-td", undefined, "2024-06-01T00:00:00Z", "SERVICE_TD", "SERVICE_TD"],
    ["v4-module3-trustee", undefined, "2025-06-01T00:00:00Z", "ACCEPT", "ACCEPT"],
  ] as const;
  const ready = quotes.filter(
    ([name, document]) =>
      has(`tdx/${name}/quote.bin`) && (document === undefined || has(`tdx/collateral/${document}.json`)),
  );
  return ready.flatMap(([name, document, at, code, in2027]) => {
    const base = genuineCase(name, document, at);
    const body = name.startsWith("v5") ? 54 : 48;
    const bytes = readFileSync(`${folder}${base.quote}`);
    const size = bytes.length - parseQuote(bytes).padding;
    const accepted = code === "ACCEPT";
    const other = [`${"01".repeat(48)}`];
    const changes: Change[] = [
      ["as it is", code, {}],
      [
        "nothing forbidden",
        code.includes("TCB") ? code : "ACCEPT",
        {},
        {
          allow: { debug: true, septVeEnabled: true, perfmon: true, serviceTd: true },
        },
      ],
      ["flip MRTD", "QUOTE_SIGNATURE", flip(body + 136)],
      ["flip report data", "QUOTE_SIGNATURE", flip(body + 520)],
      ["flip attributes", "QUOTE_SIGNATURE", flip(body + 127)],
      ["flip user data", "QUOTE_SIGNATURE", flip(30)],
      ["flip XFAM", "QUOTE_SIGNATURE", flip(body + 128)],
      ["version 3", "QUOTE_VERSION", set(0, "0300")],
      ["version 6", "QUOTE_VERSION", set(0, "0600")],
      ["of an enclave", "TEE_TYPE", set(4, "00000000")],
      ["key type 3", "ATT_KEY_TYPE", set(2, "0300")],
      ["another vendor", "QE_VENDOR", flip(12)],
      ["truncated", "QUOTE_LAYOUT", { mutate: [{ target: "quote", truncate: size - 1 }] }],
      ["a header alone", "QUOTE_LAYOUT", { mutate: [{ target: "quote", truncate: 48 }] }],
      ["less than a header", "QUOTE_LAYOUT", { mutate: [{ target: "quote", truncate: 10 }] }],
      ["padding", code, { mutate: [{ target: "quote", append: "00ff" }] }],
      [
        "a version that the policy leaves out",
        "QUOTE_VERSION",
        {},
        { quoteVersions: [name.startsWith("v5") ? 4 : 5] },
      ],
      ["another root", "ROOT_UNTRUSTED", { root: "tdx-dev/root.der" }],
      [
        "no root",
        "ROOT_UNTRUSTED",
        { root: "tdx-dev/no-such.der", override: { root: "snp-dev/crl-garbage.der" } },
      ],
      ["before the platform was certified", "PCK_EXPIRED", { at: "2017-01-01T00:00:00Z" }],
      ["after its end", "PCK_EXPIRED", { at: "2060-01-01T00:00:00Z" }],
      ["in 2027", in2027, { at: "2027-01-01T00:00:00Z" }],
      ...(accepted
        ? ([
            ["another MRTD", "MRTD", {}, { mrTd: other }],
            ["no MRTD", "MRTD", {}, { mrTd: [] }],
            ["MRTD not compared", "ACCEPT", {}, { mrTd: null }],
            ...[0, 1, 2, 3].map(
              (index): Change => [`another RTMR${index}`, `RTMR${index}`, {}, { rtmr: { [index]: other } }],
            ),
            ["another configuration", "MRCONFIGID", {}, { mrConfigId: other }],
            ["another module", "MRSEAM", {}, { mrSeam: other[0] }],
            ["other report data", "REPORT_DATA", {}, { reportData: "01".repeat(64) }],
          ] satisfies Change[])
        : []),
      ...(document === undefined
        ? []
        : ([
            ["no root list", "CRL_PARSE", { override: { root_ca_crl: "" } }],
            ["no PCK list", "CRL_PARSE", { override: { pck_crl: "" } }],
            ["garbage for lists", "CRL_PARSE", { override: { root_ca_crl: "00", pck_crl: "deadbeef" } }],
            [
              "lists that are not hexadecimal",
              "CRL_PARSE",
              { override: { root_ca_crl: "zz", pck_crl: "x" } },
            ],
            ["root list's signature", "ROOT_CRL_INVALID", last("root_ca_crl")],
            ["PCK list's signature", "PCK_CRL_INVALID", last("pck_crl")],
            ["a byte after the PCK list", "CRL_PARSE", { mutate: [{ target: "pck_crl", append: "00" }] }],
            [
              "lists swapped",
              // Each is stale or not as before; the root's comes first.
              "ROOT_CRL_INVALID",
              {
                override: {
                  root_ca_crl: collateral(document)["pck_crl"]!,
                  pck_crl: collateral(document)["root_ca_crl"]!,
                },
              },
            ],
            ["TCB info's signature", "TCB_INFO_SIGNATURE", last("tcb_info_signature")],
            ["identity's signature", "QE_IDENTITY_SIGNATURE", last("qe_identity_signature")],
            [
              "a blank after TCB info",
              "TCB_INFO_SIGNATURE",
              { mutate: [{ target: "tcb_info", append: "20" }] },
            ],
            ["no signature", "TCB_INFO_SIGNATURE", { override: { tcb_info_signature: "" } }],
            ["no TCB info", "TCB_INFO_SIGNATURE", { override: { tcb_info: "" } }],
            ["no issuers", "TCB_SIGNER_CHAIN", { override: { tcb_info_issuer_chain: "" } }],
            [
              "identity for TCB info",
              "TCB_INFO_ID",
              {
                override: {
                  tcb_info: collateral(document)["qe_identity"]!,
                  tcb_info_signature: collateral(document)["qe_identity_signature"]!,
                },
              },
            ],
            [
              "TCB info for identity",
              "QE_IDENTITY_ID",
              {
                override: {
                  qe_identity: collateral(document)["tcb_info"]!,
                  qe_identity_signature: collateral(document)["tcb_info_signature"]!,
                },
              },
            ],
            [
              "a later evaluation asked for",
              code.includes("TCB") ? code : "TCB_EVAL_NUMBER",
              {},
              { minEvalNum: 99 },
            ],
            ["no status accepted", code.includes("TCB") ? code : "STATUS_UpToDate", {}, { statuses: [] }],
          ] satisfies Change[])),
    ];
    return changed(base, changes);
  });
}

/** Quotes and collateral that were made for one check each. */
function development(): Case[] {
  const good = { ...(cases.find(({ id }) => id === "dev/ok-v5") as TdxCase), id: "dev" };
  const quote = (number: number) => ({ quote: `tdx-dev/quote-${String(number).padStart(2, "0")}.bin` });
  const answer = (number: number) => ({
    ...quote(1),
    collateral: `tdx-dev/collateral-${String(number).padStart(2, "0")}.json`,
  });
  const levels = (...statuses: string[]) => ({ statuses });

  return changed(good, [
    ["version 4", "ACCEPT", quote(1)],
    ["version 5", "ACCEPT", quote(2)],
    ["module out of date, accepted", "ACCEPT", quote(3), levels("OutOfDate")],
    ["enclave out of date", "STATUS_OutOfDate", quote(7)],
    ["attribute bit 1", "TD_ATTRIBUTES_RESERVED", quote(12)],
    ["attribute bit 29", "TD_ATTRIBUTES_RESERVED", quote(13)],
    ["no SEPT_VE_DISABLE, permitted", "ACCEPT", quote(14), { allowSeptVe: true }],
    ["performance counters", "PERFMON", quote(15)],
    ["performance counters, permitted", "ACCEPT", quote(15), { allowPerfmon: true }],
    ["service TD, permitted", "ACCEPT", quote(16), { allowServiceTd: true }],
    ["debugging, permitted", "ACCEPT", quote(11), { allowDebug: true }],
    ["signer of the module", "TDX_MODULE_MISMATCH", quote(17)],
    ["attributes of the module", "TDX_MODULE_MISMATCH", quote(18)],
    ["signer of the enclave", "QE_IDENTITY_MISMATCH", quote(19)],
    ["enclave's report data", "QE_REPORT_DATA", quote(21)],
    ["enclave's report signed by another", "QE_REPORT_SIGNATURE", quote(22)],
    ["of an enclave", "TEE_TYPE", quote(25)],
    ["PCK list ended", "PCK_CRL_STALE", answer(14)],
    ["identity ended", "QE_IDENTITY_STALE", answer(19)],
    ["TCB info of tomorrow", "TCB_INFO_STALE", answer(20)],
    ["TCB info changed", "TCB_INFO_SIGNATURE", answer(21)],
    ["signed by a platform's certificate", "TCB_SIGNER_NAME", answer(22)],
    ["TCB info of SGX", "TCB_INFO_ID", answer(25)],
    ["identity of SGX", "QE_IDENTITY_ID", answer(26)],
    ["hardening needed, accepted", "ACCEPT", answer(2), levels("UpToDate", "SWHardeningNeeded")],
    ["configuration needed, accepted", "ACCEPT", answer(3), levels("ConfigurationNeeded")],
    ["both needed, accepted", "ACCEPT", answer(4), levels("ConfigurationAndSWHardeningNeeded")],
    ["out of date, accepted", "ACCEPT", answer(5), levels("OutOfDate")],
    ["out of date with configuration", "ACCEPT", answer(6), levels("OutOfDateConfigurationNeeded")],
    ["up to date, where only worse is accepted", "STATUS_UpToDate", {}, levels("OutOfDate")],
    ["evaluation 20", "ACCEPT", {}, { minEvalNum: 20 }],
    ["evaluation 21", "TCB_EVAL_NUMBER", {}, { minEvaluationNumber: 21 }],
    ["Intel's root", "ROOT_UNTRUSTED", { root: intel }],
    ["development not permitted", "DEV_ROOT", {}, { development: false }],
    ["collateral is not asked for", "ACCEPT", { collateral: null }, { collateral: "off" }],
    ["MRTD as a text", "MRTD", {}, { mrTd: "01".repeat(48) }],
    [
      "members that say nothing",
      "ACCEPT",
      { mutate: null, override: null },
      { allowDebug: false, rest: null },
    ],
  ]);
}

/** Cases that are in no list, of the vectors that are there. */
export const tdxMatrix: readonly Case[] = [...genuine(), ...(has("tdx-dev") ? development() : [])];
