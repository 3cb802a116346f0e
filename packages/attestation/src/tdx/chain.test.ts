import { writePem } from "@apoc/encoding";
import { expect, test } from "vitest";
import { der } from "@apoc/encoding";
import { attestationErrors } from "../errors.ts";
import {
  authorityExtensions,
  makeAuthority,
  makePck,
  makeRoot,
  newKeys,
  now,
  pckList,
  root,
  seconds,
  sgxExtension,
  signerExtensions,
} from "../testing/tdx-platform.ts";
import { good, makeQuote } from "../testing/tdx-quote.ts";
import { codeOf, type CodeCase, chain, stranger, verify } from "../testing/tdx-verification.ts";

test("a good quote passes every check that the policy asks for, in the order of their codes", async () => {
  const { checks, ...facts } = await verify();
  expect(checks.affirming).toBe(true);
  expect(checks.results.every(({ verdict }) => verdict === "pass")).toBe(true);
  expect(facts).toMatchObject({
    development: true,
    quoteVersion: 4,
    measurement: good.mrTd,
    rtmrs: good.rtmrs,
    tcb: { status: "UpToDate", advisories: [], evaluationNumber: 20, fmspc: "00dead0000aa" },
    expiresAt: new Date("2026-02-16T00:00:00Z"),
  });
  const own = checks.results
    .map(({ name }) => attestationErrors[name].code)
    .filter((code) => /-32/.test(code));
  expect(own).toEqual(own.toSorted());
});

test.each<CodeCase>([
  ["version 5 with a body 1.5", "ACCEPT", { quote: { version: 5 } }],
  ["version 5 with a body 1.0", "ACCEPT", { quote: { version: 5, descriptor: [2, 584] } }],
  ["version 3", "QUOTE_VERSION", { quote: { version: 3 } }],
  ["a version that the policy does not list", "QUOTE_VERSION", { reference: { quoteVersions: [5] } }],
  ["an SGX quote", "TEE_TYPE", { quote: { teeType: 0 } }],
  ["an attestation key of P-384", "ATT_KEY_TYPE", { quote: { keyType: 3 } }],
  ["another vendor", "QE_VENDOR", { quote: { vendor: "00".repeat(16) } }],
  ["no bytes", "QUOTE_LAYOUT", { bytes: new Uint8Array() }],
  ["half a header", "QUOTE_LAYOUT", { bytes: makeQuote().subarray(0, 47) }],
  ["a header alone", "QUOTE_LAYOUT", { bytes: makeQuote().subarray(0, 48) }],
  ["one byte too few", "QUOTE_LAYOUT", { bytes: makeQuote().slice(0, -1) }],
  ["padding of zeros", "ACCEPT", { quote: { padding: new Uint8Array(70) } }],
  ["padding of anything", "ACCEPT", { quote: { padding: Buffer.from("left over from another quote") } }],
  ["more bytes than any quote has", "QUOTE_LAYOUT", { quote: { padding: new Uint8Array(32_768) } }],
  ["bytes inside of the signature data", "QUOTE_LAYOUT", { quote: { inner: new Uint8Array(1) } }],
  ["an SGX body", "QUOTE_LAYOUT", { quote: { version: 5, descriptor: [1, 384] } }],
  ["a body type with the size of another", "QUOTE_LAYOUT", { quote: { version: 5, descriptor: [3, 584] } }],
  ["a PCK chain in place of a QE report", "QUOTE_LAYOUT", { quote: { certificationType: 5 } }],
  ["an encrypted PPID in place of a chain", "QUOTE_LAYOUT", { quote: { chainType: 3 } }],
  ["two certificates", "QUOTE_LAYOUT", { quote: { chain: [makePck(), makeAuthority()] } }],
  ["four certificates", "QUOTE_LAYOUT", { quote: { chain: [makePck(), makeAuthority(), root, root] } }],
  [
    "text before the chain",
    "QUOTE_LAYOUT",
    { quote: { pem: `x\n${writePem("CERTIFICATE", makePck(), makeAuthority(), root)}` } },
  ],
  [
    "a chain without a zero byte",
    "ACCEPT",
    { quote: { pem: writePem("CERTIFICATE", makePck(), makeAuthority(), root) } },
  ],
  ["a certificate with a byte after it", "QUOTE_LAYOUT", { quote: chain(Uint8Array.of(...makePck(), 0)) }],
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});

test.each<CodeCase>([
  ["another root", "ROOT_UNTRUSTED", { quote: chain(makePck(), makeAuthority(), makeRoot({ serial: 9 })) }],
  ["the chain upside down", "ROOT_UNTRUSTED", { quote: { chain: [root, makeAuthority(), makePck()] } }],
  ["PCK and authority swapped", "CA_FLAG", { quote: { chain: [makeAuthority(), makePck(), root] } }],
  ["the last second of a PCK", "ACCEPT", { quote: chain(makePck({ until: now })) }],
  ["the second after", "PCK_EXPIRED", { quote: chain(makePck({ until: seconds(-1) })) }],
  ["the first second of a PCK", "ACCEPT", { quote: chain(makePck({ from: now })) }],
  ["the second before", "PCK_EXPIRED", { quote: chain(makePck({ from: seconds(1) })) }],
  [
    "an authority that has ended",
    "PCK_EXPIRED",
    { quote: chain(makePck(), makeAuthority({ until: seconds(-1) })) },
  ],
  [
    "an authority without the flag",
    "CA_FLAG",
    { quote: chain(makePck(), makeAuthority({ extensions: signerExtensions() })) },
  ],
  [
    "flags that are not critical",
    "CA_FLAG",
    { quote: chain(makePck(), makeAuthority({ extensions: authorityExtensions(0, false) })) },
  ],
  [
    "an authority that may not certify",
    "CA_FLAG",
    { quote: chain(makePck(), makeAuthority({ extensions: authorityExtensions(0, true, 0x02) })) },
  ],
  [
    "a PCK that is an authority",
    "CA_FLAG",
    { quote: chain(makePck({ extensions: [...authorityExtensions(0), sgxExtension()] })) },
  ],
  [
    "a PCK that may only encipher",
    "CA_FLAG",
    { quote: chain(makePck({ extensions: [...signerExtensions(0x20), sgxExtension()] })) },
  ],
  ["a PCK signed by somebody", "PCK_SIGNATURE", { quote: chain(makePck({ signedBy: stranger })) }],
  [
    "an authority signed by somebody",
    "PCK_SIGNATURE",
    { quote: chain(makePck(), makeAuthority({ signedBy: stranger })) },
  ],
  [
    "another algorithm outside than inside",
    "PCK_SIGNATURE",
    { quote: chain(makePck({ outerAlgorithm: der.sequence(der.oid("1.2.840.10045.4.3.3")) })) },
  ],
  [
    "parameters beside the algorithm",
    "PCK_SIGNATURE",
    {
      quote: chain(makePck({ outerAlgorithm: der.sequence(der.oid("1.2.840.10045.4.3.2"), der.element(5)) })),
    },
  ],
  ["a PCK with a key of P-384", "PCK_SIGNATURE", { quote: chain(makePck({ keys: newKeys("P-384") })) }],
  [
    "another subject of the PCK",
    "CERT_NAME",
    { quote: chain(makePck({ subject: "Intel SGX PCK Certificate " })) },
  ],
  [
    "another subject of the authority",
    "CERT_NAME",
    { quote: chain(makePck({ issuer: "Some CA" }), makeAuthority({ subject: "Some CA" })) },
  ],
  [
    "an issuer that is not the authority",
    "CERT_NAME",
    { quote: chain(makePck({ issuer: "Intel SGX PCK Processor CA" })) },
  ],
  ["the QE report signed by somebody", "QE_REPORT_SIGNATURE", { quote: { qeSignedBy: stranger } }],
  ["a QE report for another key", "QE_REPORT_DATA", { quote: { qeReportData: new Uint8Array(64) } }],
  [
    "bytes after the digest in the QE report",
    "QE_REPORT_DATA",
    { quote: { qeReportData: new Uint8Array(64).fill(1, 32) } },
  ],
  ["a quote signed by somebody", "QUOTE_SIGNATURE", { quote: { signedBy: stranger } }],
  [
    "an attestation key off the curve",
    "QUOTE_SIGNATURE",
    { quote: { attestationKey: new Uint8Array(64).fill(1) } },
  ],
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});

test("the processor's authority is one too", async () => {
  const name = "Intel SGX PCK Processor CA";
  const quote = chain(makePck({ issuer: name }), makeAuthority({ subject: name }));
  expect(codeOf(await verify({ quote, collateral: { pckCrl: pckList({ issuer: name }) } }))).toBe("ACCEPT");
  expect(codeOf(await verify({ quote }))).toBe("PCK_CRL_INVALID");
});
