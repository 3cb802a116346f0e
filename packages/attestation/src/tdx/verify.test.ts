import { expect, test } from "vitest";
import { attestationErrors, type ReasonCode } from "../errors.ts";
import * as der from "../testing/der-writer.ts";
import {
  authorityExtensions,
  collateral,
  enclaveLevel,
  makeAuthority,
  makePck,
  makeRoot,
  makeSigner,
  moduleIdentity,
  newKeys,
  now,
  pckList,
  platformKeys,
  platformLevel,
  qeIdentityValue,
  revocationList,
  root,
  rootSha256,
  seconds,
  sgxExtension,
  signedJson,
  signerExtensions,
  tcbInfoValue,
  week,
  zeros,
} from "../testing/tdx-platform.ts";
import { good, makeQuote, pemOf, type QuoteOptions } from "../testing/tdx-quote.ts";
import type { TdxCollateral } from "./collateral.ts";
import type { TdxReferenceValues } from "./reference-values.ts";
import { type TdxVerdict, verifyTdx } from "./verify.ts";

const reference: TdxReferenceValues = {
  roots: [{ sha256: rootSha256, development: true, collateral: "required" }],
  development: true,
  quoteVersions: [4, 5],
  statuses: ["UpToDate"],
  allowedAdvisories: [],
  minEvaluationNumber: 20,
  mrTd: [good.mrTd],
  rtmrs: [[good.rtmrs[0]!], [good.rtmrs[1]!], [good.rtmrs[2]!], [good.rtmrs[3]!]],
  events: [],
  mrConfigId: [good.mrConfigId],
  mrSeam: [good.mrSeam],
  allow: { debug: false, septVeEnabled: false, perfmon: false, serviceTd: false },
};

interface Changes {
  readonly quote?: QuoteOptions;
  readonly bytes?: Uint8Array;
  readonly collateral?: Partial<TdxCollateral>;
  readonly reference?: Partial<TdxReferenceValues>;
  readonly at?: Date;
}

async function verify(changes: Changes = {}): Promise<TdxVerdict> {
  return verifyTdx(
    { quote: changes.bytes ?? makeQuote(changes.quote), collateral: collateral(changes.collateral) },
    { ...reference, ...changes.reference },
    good.reportData,
    changes.at ?? now,
  );
}
const codeOf = ({ checks }: TdxVerdict): string =>
  checks.affirming ? "ACCEPT" : (checks.firstFailure?.name ?? "INCOMPLETE");
const expectCodes = (
  cases: readonly (readonly [name: string, code: ReasonCode | "ACCEPT", changes: Changes])[],
) =>
  test.each(cases)("%s: %s", async (_name, code, changes) => {
    expect(codeOf(await verify(changes))).toBe(code);
  });
const tcbInfo = (changes: object): Partial<TdxCollateral> => ({ tcbInfo: signedJson(tcbInfoValue(changes)) });
const qeIdentity = (changes: object): Partial<TdxCollateral> => ({
  qeIdentity: signedJson(qeIdentityValue(changes)),
});
const stranger = newKeys();
const chain = (pck: Uint8Array, authority = makeAuthority(), last = root): QuoteOptions => ({
  chain: [pck, authority, last],
});

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

expectCodes([
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
    { quote: { pem: `x\n${pemOf([makePck(), makeAuthority(), root])}` } },
  ],
  ["a chain without a zero byte", "ACCEPT", { quote: { pem: pemOf([makePck(), makeAuthority(), root]) } }],
  ["a certificate with a byte after it", "QUOTE_LAYOUT", { quote: chain(Uint8Array.of(...makePck(), 0)) }],
]);

expectCodes([
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
]);

test("the processor's authority is one too", async () => {
  const name = "Intel SGX PCK Processor CA";
  const quote = chain(makePck({ issuer: name }), makeAuthority({ subject: name }));
  expect(codeOf(await verify({ quote, collateral: { pckCrl: pckList({ issuer: name }) } }))).toBe("ACCEPT");
  expect(codeOf(await verify({ quote }))).toBe("PCK_CRL_INVALID");
});

test("collateral is required of roots that do not do without", async () => {
  const evidence = { quote: makeQuote() };
  const { checks } = await verifyTdx(evidence, reference, good.reportData, now);
  expect(checks.firstFailure?.name).toBe("TDX_COLLATERAL");
  const roots = [{ sha256: rootSha256, development: true, collateral: "none" }] as const;
  const without = await verifyTdx(evidence, { ...reference, roots }, good.reportData, now);
  expect(codeOf(without)).toBe("ACCEPT");
  expect(without.tcb).toBeUndefined();
});

const critical = [der.extension("2.5.29.28", true, der.sequence())];
expectCodes([
  [
    "the root's list has ended",
    "ROOT_CRL_STALE",
    { collateral: { rootCrl: revocationList({ until: seconds(-1) }) } },
  ],
  [
    "the root's list in its last second",
    "ACCEPT",
    { collateral: { rootCrl: revocationList({ until: now }) } },
  ],
  [
    "the root's list is of tomorrow",
    "ROOT_CRL_STALE",
    { collateral: { rootCrl: revocationList({ from: seconds(1) }) } },
  ],
  ["the PCK list has ended", "PCK_CRL_STALE", { collateral: { pckCrl: pckList({ until: seconds(-1) }) } }],
  [
    "a stale list beside one that is garbage",
    "ROOT_CRL_STALE",
    { collateral: { rootCrl: revocationList({ until: seconds(-1) }), pckCrl: new Uint8Array(4) } },
  ],
  [
    "the root's list by another issuer",
    "ROOT_CRL_INVALID",
    { collateral: { rootCrl: revocationList({ issuer: "Root CA" }) } },
  ],
  [
    "the root's list signed by somebody",
    "ROOT_CRL_INVALID",
    { collateral: { rootCrl: revocationList({ signedBy: stranger }) } },
  ],
  [
    "a list with another algorithm outside",
    "ROOT_CRL_INVALID",
    {
      collateral: {
        rootCrl: revocationList({ outerAlgorithm: der.sequence(der.oid("1.2.840.10045.4.3.3")) }),
      },
    },
  ],
  ["lists swapped", "ROOT_CRL_INVALID", { collateral: { rootCrl: pckList(), pckCrl: revocationList() } }],
  [
    "the PCK list signed by the root",
    "PCK_CRL_INVALID",
    { collateral: { pckCrl: pckList({ signedBy: platformKeys.root }) } },
  ],
  [
    "an authority that may not revoke",
    "PCK_CRL_INVALID",
    { quote: chain(makePck(), makeAuthority({ extensions: authorityExtensions(0, true, 0x04) })) },
  ],
  ["a list that is empty", "CRL_PARSE", { collateral: { pckCrl: new Uint8Array() } }],
  ["a list without end", "CRL_PARSE", { collateral: { rootCrl: revocationList({ until: undefined }) } }],
  ["a partial list", "CRL_PARSE", { collateral: { rootCrl: revocationList({ extensions: critical }) } }],
  ["a byte after a list", "CRL_PARSE", { collateral: { rootCrl: Uint8Array.of(...revocationList(), 0) } }],
  [
    "the authority is revoked",
    "PCK_CA_REVOKED",
    { collateral: { rootCrl: revocationList({ revoked: [7, 2] }) } },
  ],
  ["the root is revoked", "PCK_CA_REVOKED", { collateral: { rootCrl: revocationList({ revoked: [1] }) } }],
  ["the PCK is revoked", "PCK_REVOKED", { collateral: { pckCrl: pckList({ revoked: [4] }) } }],
  [
    "the signer is revoked",
    "TCB_SIGNER_REVOKED",
    { collateral: { rootCrl: revocationList({ revoked: [3] }) } },
  ],
  [
    "others are revoked",
    "ACCEPT",
    {
      collateral: { rootCrl: revocationList({ revoked: [4, 300] }), pckCrl: pckList({ revoked: [1, 2, 3] }) },
    },
  ],
]);

const signer = (
  changes: Parameters<typeof makeSigner>[0],
  more: readonly Uint8Array[] = [root],
): Partial<TdxCollateral> => ({
  tcbInfo: signedJson(tcbInfoValue(), { issuerChain: [makeSigner(changes), ...more] }),
});
expectCodes([
  ["another signer", "TCB_SIGNER_NAME", { collateral: signer({ subject: "Intel SGX PCK Certificate" }) }],
  [
    "the PCK as signer",
    "TCB_SIGNER_NAME",
    {
      collateral: {
        tcbInfo: signedJson(tcbInfoValue(), { issuerChain: [makePck(), makeAuthority(), root] }),
      },
    },
  ],
  ["a signer of somebody", "TCB_SIGNER_CHAIN", { collateral: signer({ signedBy: stranger }) }],
  ["a signer of another issuer", "TCB_SIGNER_CHAIN", { collateral: signer({ issuer: "Root CA" }) }],
  ["a signer without root", "TCB_SIGNER_CHAIN", { collateral: signer({}, []) }],
  ["a signer below another root", "TCB_SIGNER_CHAIN", { collateral: signer({}, [makeRoot({ serial: 9 })]) }],
  ["one certificate too many", "TCB_SIGNER_CHAIN", { collateral: signer({}, [root, root]) }],
  ["a signer that has ended", "TCB_SIGNER_CHAIN", { collateral: signer({ until: seconds(-1) }) }],
  [
    "a signer that is an authority",
    "TCB_SIGNER_CHAIN",
    { collateral: signer({ extensions: authorityExtensions(0) }) },
  ],
  [
    "a signer that may not sign",
    "TCB_SIGNER_CHAIN",
    { collateral: signer({ extensions: signerExtensions(0x20) }) },
  ],
  [
    "no signer",
    "TCB_SIGNER_CHAIN",
    { collateral: { qeIdentity: signedJson(qeIdentityValue(), { issuerChain: [] }) } },
  ],
  [
    "a signer that is no certificate",
    "TCB_SIGNER_CHAIN",
    { collateral: { qeIdentity: signedJson(qeIdentityValue(), { issuerChain: [new Uint8Array(9), root] }) } },
  ],
  [
    "another signer of the identity",
    "TCB_SIGNER_NAME",
    {
      collateral: {
        qeIdentity: signedJson(qeIdentityValue(), {
          issuerChain: [makeSigner({ subject: "Someone" }), root],
        }),
      },
    },
  ],
  [
    "a space in the TCB info",
    "TCB_INFO_SIGNATURE",
    {
      collateral: { tcbInfo: { ...signedJson(tcbInfoValue()), text: `${JSON.stringify(tcbInfoValue())} ` } },
    },
  ],
  [
    "a short signature",
    "TCB_INFO_SIGNATURE",
    { collateral: { tcbInfo: signedJson(tcbInfoValue(), { signature: new Uint8Array(63) }) } },
  ],
  [
    "the identity written anew",
    "QE_IDENTITY_SIGNATURE",
    {
      collateral: {
        qeIdentity: { ...signedJson(qeIdentityValue()), text: JSON.stringify(qeIdentityValue(), null, 1) },
      },
    },
  ],
  ["TCB info of tomorrow", "TCB_INFO_STALE", { collateral: tcbInfo({ issueDate: "2026-02-10T00:00:01Z" }) }],
  ["TCB info of this second", "ACCEPT", { collateral: tcbInfo({ issueDate: "2026-02-10T00:00:00Z" }) }],
  ["TCB info until this second", "ACCEPT", { collateral: tcbInfo({ nextUpdate: "2026-02-10T00:00:00Z" }) }],
  [
    "TCB info until the second before",
    "TCB_INFO_STALE",
    { collateral: tcbInfo({ nextUpdate: "2026-02-09T23:59:59Z" }) },
  ],
  ["TCB info without end", "TCB_INFO_STALE", { collateral: tcbInfo({ nextUpdate: undefined }) }],
  [
    "a date that does not exist",
    "TCB_INFO_STALE",
    { collateral: tcbInfo({ nextUpdate: "2026-02-30T00:00:00Z" }) },
  ],
  [
    "a date with an offset",
    "TCB_INFO_STALE",
    { collateral: tcbInfo({ nextUpdate: "2026-03-01T00:00:00+00:00" }) },
  ],
  [
    "an identity that has ended",
    "QE_IDENTITY_STALE",
    { collateral: qeIdentity({ nextUpdate: "2026-02-09T00:00:00Z" }) },
  ],
]);

const twice = JSON.stringify(tcbInfoValue()).replace('"tcbType":0', '"tcbType":0,"tcbType":0');
const nested = JSON.stringify(qeIdentityValue()).replace('"isvsvn":4', '"isvsvn":9,"isvsvn":4');
expectCodes([
  ["TCB info of SGX", "TCB_INFO_ID", { collateral: tcbInfo({ id: "SGX" }) }],
  ["TCB info of version 2", "TCB_INFO_ID", { collateral: tcbInfo({ version: 2 }) }],
  ["a version that is a text", "TCB_INFO_ID", { collateral: tcbInfo({ version: "3" }) }],
  ["another way to compare", "TCB_INFO_ID", { collateral: tcbInfo({ tcbType: 1 }) }],
  ["no levels", "TCB_INFO_ID", { collateral: tcbInfo({ tcbLevels: [] }) }],
  [
    "a status that does not exist",
    "TCB_INFO_ID",
    { collateral: tcbInfo({ tcbLevels: [platformLevel(3, "Fine")] }) },
  ],
  [
    "levels of SGX",
    "TCB_INFO_ID",
    {
      collateral: tcbInfo({
        tcbLevels: [{ tcb: { sgxtcbcomponents: [], pcesvn: 1 }, tcbStatus: "UpToDate" }],
      }),
    },
  ],
  ["no module", "TCB_INFO_ID", { collateral: tcbInfo({ tdxModule: undefined }) }],
  [
    "a module twice",
    "TCB_INFO_ID",
    { collateral: tcbInfo({ tdxModuleIdentities: [moduleIdentity(), moduleIdentity()] }) },
  ],
  ["an FMSPC of another size", "TCB_INFO_ID", { collateral: tcbInfo({ fmspc: "00" }) }],
  ["a negative number", "TCB_INFO_ID", { collateral: tcbInfo({ tcbEvaluationDataNumber: -1 }) }],
  ["members that are new", "ACCEPT", { collateral: tcbInfo({ later: { more: [1] } }) }],
  ["the identity of the QE for SGX", "QE_IDENTITY_ID", { collateral: qeIdentity({ id: "QE" }) }],
  ["an identity of version 1", "QE_IDENTITY_ID", { collateral: qeIdentity({ version: 1 }) }],
  ["a mask of another size", "QE_IDENTITY_ID", { collateral: qeIdentity({ attributesMask: "FF" }) }],
  ["a member twice", "TCB_INFO_STALE", { collateral: { tcbInfo: signedJson(twice) } }],
  ["a nested member twice", "QE_IDENTITY_STALE", { collateral: { qeIdentity: signedJson(nested) } }],
  ["TCB info that is no JSON", "TCB_INFO_STALE", { collateral: { tcbInfo: signedJson("{") } }],
]);

expectCodes([
  ["another FMSPC", "FMSPC_MISMATCH", { collateral: tcbInfo({ fmspc: "00DEAD0000AB" }) }],
  ["another PCEID", "FMSPC_MISMATCH", { collateral: tcbInfo({ pceId: "0001" }) }],
  ["FMSPC in other case", "ACCEPT", { collateral: tcbInfo({ fmspc: "00dead0000aa" }) }],
  [
    "a PCK without extension",
    "FMSPC_MISMATCH",
    { quote: chain(makePck({ extensions: signerExtensions() })) },
  ],
  [
    "a component of 256",
    "FMSPC_MISMATCH",
    { quote: chain(makePck({}, { components: [256, ...Array<number>(15).fill(3)] })) },
  ],
  [
    "15 components",
    "FMSPC_MISMATCH",
    { quote: chain(makePck({}, { components: Array<number>(15).fill(3) })) },
  ],
  ["another signer of the QE", "QE_IDENTITY_MISMATCH", { quote: { qeMrSigner: "dd".repeat(32) } }],
  ["another product", "QE_IDENTITY_MISMATCH", { quote: { qeProduct: 1 } }],
  ["another MISCSELECT", "QE_IDENTITY_MISMATCH", { quote: { qeMiscSelect: 1 } }],
  [
    "a QE that can be debugged",
    "QE_IDENTITY_MISMATCH",
    { quote: { qeAttributes: "1300000000000000e700000000000000" } },
  ],
  [
    "attributes outside of the mask",
    "ACCEPT",
    { quote: { qeAttributes: "1500000000000000ff00000000000000" } },
  ],
  ["a QE below every level", "QE_TCB_NOT_SUPPORTED", { quote: { qeSvn: 0 } }],
  ["a QE that is out of date", "STATUS_OutOfDate", { quote: { qeSvn: 3 } }],
  ["a QE that is revoked", "STATUS_Revoked", { quote: { qeSvn: 1 } }],
  ["a module of unknown major version", "TDX_MODULE_MISMATCH", { quote: { teeTcbSvn: [6, 2, 3] } }],
  ["a module signed by another", "TDX_MODULE_MISMATCH", { quote: { mrSignerSeam: "01".repeat(48) } }],
  ["a module with attributes", "TDX_MODULE_MISMATCH", { quote: { seamAttributes: "0100000000000000" } }],
  ["a module without major version, judged by tdxModule", "ACCEPT", { quote: { teeTcbSvn: [5, 0, 3] } }],
  [
    "the same, signed by another",
    "TDX_MODULE_MISMATCH",
    { quote: { teeTcbSvn: [5, 0, 3], mrSignerSeam: "01".repeat(48) } },
  ],
  ["the same, below the level", "TCB_NOT_SUPPORTED", { quote: { teeTcbSvn: [4, 0, 3] } }],
  [
    "an identity with letters",
    "ACCEPT",
    {
      quote: { teeTcbSvn: [6, 10, 3] },
      collateral: tcbInfo({ tdxModuleIdentities: [moduleIdentity({ id: "TDX_0a" })] }),
    },
  ],
  ["a module that is out of date", "STATUS_OutOfDate", { quote: { teeTcbSvn: [4, 1, 3] } }],
  ["a module below every level", "TCB_NOT_SUPPORTED", { quote: { teeTcbSvn: [3, 1, 3] } }],
  ["a platform below every level", "TCB_NOT_SUPPORTED", { quote: { teeTcbSvn: [6, 1, 1] } }],
  [
    "one SGX component below every level",
    "TCB_NOT_SUPPORTED",
    { quote: chain(makePck({}, { components: [...Array<number>(15).fill(9), 1] })) },
  ],
  ["a PCESVN below every level", "TCB_NOT_SUPPORTED", { quote: chain(makePck({}, { pceSvn: 9 })) }],
  [
    "one SGX component that is out of date",
    "STATUS_OutOfDate",
    { quote: chain(makePck({}, { components: [2, ...Array<number>(15).fill(9)] })) },
  ],
  ["a module that masks nothing", "STATUS_OutOfDate", { quote: { teeTcbSvn: [6, 1, 2] } }],
  ["no status accepted", "STATUS_UpToDate", { reference: { statuses: [] } }],
  ["an evaluation that is too old", "TCB_EVAL_NUMBER", { reference: { minEvaluationNumber: 21 } }],
  [
    "an identity that is older than the TCB info",
    "TCB_EVAL_NUMBER",
    { collateral: qeIdentity({ tcbEvaluationDataNumber: 19 }) },
  ],
]);

test.each([
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "TDRelaunchAdvised",
  "TDRelaunchAdvisedConfigurationNeeded",
] as const)("status %s is refused unless it is named, with its advisories", async (status) => {
  const changed = { collateral: tcbInfo({ tcbLevels: [platformLevel(3, status, ["INTEL-SA-00002"])] }) };
  expect(codeOf(await verify(changed))).toBe(`STATUS_${status}`);
  const statuses = [status];
  expect(codeOf(await verify({ ...changed, reference: { statuses } }))).toBe(`STATUS_${status}`);
  for (const allowedAdvisories of [["INTEL-SA-00002"], null])
    expect(codeOf(await verify({ ...changed, reference: { statuses, allowedAdvisories } }))).toBe("ACCEPT");
});

test("a guest that was started by an old module and runs on a current one is to be started again", async () => {
  const quote = { version: 5, teeTcbSvn: [4, 1, 3], teeTcbSvn2: [6, 1, 3] };
  expect(codeOf(await verify({ quote }))).toBe("STATUS_TDRelaunchAdvised");
  const configuration = tcbInfo({ tcbLevels: [platformLevel(3, "ConfigurationNeeded")] });
  expect(codeOf(await verify({ quote, collateral: configuration }))).toBe(
    "STATUS_TDRelaunchAdvisedConfigurationNeeded",
  );
  for (const other of [
    { teeTcbSvn2: [5, 1, 3] },
    { teeTcbSvn2: [6, 1, 2] },
    { teeTcbSvn2: [6, 2, 3] },
    { qeSvn: 3 },
    { version: 4 },
  ])
    expect(codeOf(await verify({ quote: { ...quote, ...other } }))).toBe("STATUS_OutOfDate");
});

test("every attribute has its code", async () => {
  const expected = new Map<number, string>([
    [0, "DEBUG"],
    [28, "ACCEPT"],
    [30, "ACCEPT"],
    [31, "ACCEPT"],
    [63, "PERFMON"],
  ]);
  for (let bit = 0; bit < 64; bit++) {
    const quote = { tdAttributes: good.septVeDisable | (1n << BigInt(bit)) };
    expect([bit, codeOf(await verify({ quote }))]).toEqual([
      bit,
      expected.get(bit) ?? "TD_ATTRIBUTES_RESERVED",
    ]);
  }
  const allow = { debug: true, septVeEnabled: true, perfmon: true, serviceTd: true };
  const quote = { tdAttributes: 1n | (1n << 63n) };
  expect(codeOf(await verify({ quote, reference: { allow } }))).toBe("ACCEPT");
});

const other = "ff".repeat(48);
expectCodes([
  ["exceptions on private memory", "SEPT_VE_DISABLE", { quote: { tdAttributes: 0n } }],
  ["a service TD", "SERVICE_TD", { quote: { version: 5, mrServiceTd: `01${zeros(47)}` } }],
  ["another measurement", "MRTD", { quote: { mrTd: other } }],
  ["no measurement named", "MRTD", { reference: { mrTd: [] } }],
  ["another RTMR0", "RTMR0", { quote: { rtmrs: good.rtmrs.with(0, other) } }],
  ["another RTMR1", "RTMR1", { quote: { rtmrs: good.rtmrs.with(1, other) } }],
  ["another RTMR2", "RTMR2", { quote: { rtmrs: good.rtmrs.with(2, other) } }],
  ["another RTMR3", "RTMR3", { quote: { rtmrs: good.rtmrs.with(3, other) } }],
  ["another configuration", "MRCONFIGID", { quote: { mrConfigId: other } }],
  ["another module", "MRSEAM", { quote: { mrSeam: other } }],
  ["other report data", "REPORT_DATA", { quote: { reportData: new Uint8Array(64) } }],
  ["a development root under a policy for real TEEs", "DEV_ROOT", { reference: { development: false } }],
  [
    "events without a log",
    "RTMR3",
    { reference: { rtmrs: [null, null, null, null], events: [{ rtmr: 3, text: "x" }] } },
  ],
]);

test("a snapshot judges collateral at the moment it was taken, until its end", async () => {
  const snapshot = { takenAt: now, until: seconds(3 * week) };
  const quote = chain(
    makePck({ until: seconds(9 * week) }),
    makeAuthority({ until: seconds(9 * week) }),
    root,
  );
  const fresh = { quote, reference: { snapshot } };
  const { expiresAt, ...verdict } = await verify(fresh);
  expect(codeOf({ expiresAt, ...verdict })).toBe("ACCEPT");
  // The root of the platform ends first here.
  expect(expiresAt).toEqual(seconds(week));
  expect(codeOf(await verify({ ...fresh, at: seconds(week) }))).toBe("ACCEPT");
  expect(codeOf(await verify({ ...fresh, at: seconds(-1) }))).toBe("ROOT_CRL_STALE");
  const over = { takenAt: now, until: seconds(5) };
  expect(codeOf(await verify({ quote, reference: { snapshot: over }, at: seconds(6) }))).toBe(
    "ROOT_CRL_STALE",
  );
});

test("no level is worth more than the worst of its parts", async () => {
  const module = (status: string) => ({
    tdxModuleIdentities: [moduleIdentity({ tcbLevels: [enclaveLevel(6, status)] })],
  });
  for (const [platform, ofModule, expected] of [
    ["SWHardeningNeeded", "OutOfDate", "OutOfDate"],
    ["ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"],
    ["ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"],
    ["OutOfDateConfigurationNeeded", "UpToDate", "OutOfDateConfigurationNeeded"],
    ["OutOfDate", "Revoked", "Revoked"],
    ["Revoked", "UpToDate", "Revoked"],
  ]) {
    const changes = { tcbLevels: [platformLevel(3, platform!)], ...module(ofModule!) };
    expect(codeOf(await verify({ collateral: tcbInfo(changes) }))).toBe(`STATUS_${expected}`);
  }
});
