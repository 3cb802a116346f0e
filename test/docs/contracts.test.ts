import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deploymentProxy, encodeListingBody, parseListingBody } from "@apoc/core";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/contracts.md"), "utf8");

test("contracts.md: every test that it names is there", () => {
  const folder = join(root, "test/contracts");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sol"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
  const named = [...page.matchAll(/`((?:test|testFuzz|invariant)_\w+)`/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(60);
  expect(named.filter((name) => !sources.includes(`function ${name}(`))).toEqual([]);
});

test("test/contracts mirrors contracts/", () => {
  const list = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".sol"),
    );
  const sources = new Set(list("contracts"));
  const tests = list("test/contracts").filter((name) => name.endsWith(".t.sol"));
  expect(tests.length).toBeGreaterThan(25);
  // A test lies at the path of its source, or in the folder of the deployed contract that it calls.
  const misplaced = tests.filter((name) => {
    if (sources.has(name.replace(".t.sol", ".sol"))) return false;
    const deployed = { PaymentChannel: "PaymentChannel.sol", marketplace: "Marketplace.sol" }[
      name.split("/")[0]!
    ];
    return deployed === undefined || !sources.has(deployed);
  });
  expect(misplaced).toEqual([]);
});

test("contracts.md: every file that it names is there, and the proxy's address is the real one", () => {
  const files = [...page.matchAll(/`((?:test|packages|contracts)\/[\w./-]+)[ `]/g)].map(([, path]) => path!);
  expect(files.length).toBeGreaterThan(4);
  expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(page).toContain(deploymentProxy.address);
});

test.each(["app", "provider"] as const)("marketplace.md: the example of a body (%s) is one", (kind) => {
  const text = readFileSync(join(root, "docs/spec/marketplace.md"), "utf8");
  const example = new RegExp(`\`\`\`json ${kind}\n([\\s\\S]*?)\`\`\``).exec(text)![1]!;
  const value = JSON.parse(example) as Parameters<typeof encodeListingBody>[0];
  const { bytes, hash } = encodeListingBody(value);
  expect(parseListingBody(bytes, hash, kind)).toEqual(value);
});

test("one-machine.md: the contracts have the addresses that they get on a development chain", () => {
  const guide = readFileSync(join(root, "docs/guides/one-machine.md"), "utf8");
  const recorded = JSON.parse(
    readFileSync(join(root, "packages/core/src/deployments/deployments.json"), "utf8"),
  ) as Record<string, Record<string, string>>;
  for (const name of ["paymentChannel", "marketplace", "token"]) {
    const printed = new RegExp(`✓ ${name} +(0x[0-9a-fA-F]{40})`).exec(guide)?.[1];
    expect(printed, name).toBe(recorded["eip155:31337"]?.[name]);
  }
});
