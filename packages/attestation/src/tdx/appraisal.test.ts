import { expect, test } from "vitest";
import { zeros } from "../testing/tdx-platform.ts";
import { good } from "../testing/tdx-quote.ts";
import { codeOf, type CodeCase, verify } from "../testing/tdx-verification.ts";

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
test.each<CodeCase>([
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
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});
