import { expect, test } from "vitest";
import {
  enclaveLevel,
  makePck,
  moduleIdentity,
  platformLevel,
  signerExtensions,
} from "../testing/tdx-platform.ts";
import { codeOf, type CodeCase, chain, qeIdentity, tcbInfo, verify } from "../testing/tdx-verification.ts";

test.each<CodeCase>([
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
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});

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
