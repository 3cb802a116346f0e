import { expect, test } from "vitest";
import { findDeployment, knownDeployments, parseDeployments } from "./deployments.ts";

const address = "0x9845862406e3FA5770c0d105F33AC3C7AdE420AD";
const entry = { paymentChannel: address, marketplace: address, fromBlock: 7 };

test("the file that comes with the package names the development chain", () => {
  expect(Object.keys(knownDeployments())).toContain("eip155:31337");
  expect(findDeployment("eip155:31337")).toBe(knownDeployments()["eip155:31337"]);
  expect(findDeployment("eip155:5")).toBeUndefined();
  expect(findDeployment("toString" as "eip155:1")).toBeUndefined();
});

test("a token is optional, everything else is needed", () => {
  expect(parseDeployments({ "eip155:1": entry, "eip155:10": { ...entry, token: address } })).toEqual({
    "eip155:1": entry,
    "eip155:10": { ...entry, token: address },
  });
});

test.each([
  ["another member", { "eip155:1": { ...entry, owner: address } }],
  ["no marketplace", { "eip155:1": { paymentChannel: address, fromBlock: 0 } }],
  ["an address in lower case", { "eip155:1": { ...entry, token: address.toLowerCase() } }],
  ["a negative block", { "eip155:1": { ...entry, fromBlock: -1 } }],
  ["no object", []],
])("refused: %s", (_, value) => {
  expect(() => parseDeployments(value)).toThrow(expect.objectContaining({ code: "APOC-4010" }));
});

test.each(["eip155:0", "eip155:01", "solana:1", "1"])("refused: chain %s", (chain) => {
  expect(() => parseDeployments({ [chain]: entry })).toThrow(expect.objectContaining({ code: "APOC-4002" }));
});
