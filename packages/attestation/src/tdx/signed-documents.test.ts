import { expect, test } from "vitest";
import {
  authorityExtensions,
  makeAuthority,
  makePck,
  makeRoot,
  makeSigner,
  moduleIdentity,
  platformLevel,
  qeIdentityValue,
  root,
  seconds,
  signedJson,
  signerExtensions,
  tcbInfoValue,
} from "../testing/tdx-platform.ts";
import { codeOf, type CodeCase, qeIdentity, stranger, tcbInfo, verify } from "../testing/tdx-verification.ts";
import type { TdxCollateral } from "./collateral.ts";

const signer = (
  changes: Parameters<typeof makeSigner>[0],
  more: readonly Uint8Array[] = [root],
): Partial<TdxCollateral> => ({
  tcbInfo: signedJson(tcbInfoValue(), { issuerChain: [makeSigner(changes), ...more] }),
});
test.each<CodeCase>([
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
    "the identity serialised again",
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
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});

const twice = JSON.stringify(tcbInfoValue()).replace('"tcbType":0', '"tcbType":0,"tcbType":0');
const nested = JSON.stringify(qeIdentityValue()).replace('"isvsvn":4', '"isvsvn":9,"isvsvn":4');
test.each<CodeCase>([
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
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});
