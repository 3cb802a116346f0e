import { readFileSync } from "node:fs";
import { paymentChannelAbi } from "@apoc/core";
import { type AbiFunction, type Hex, toFunctionSelector } from "viem";

/**
 * Counts what the histories of test/contracts/PaymentChannel/histories/Invariants.t.sol called: a table by function on stdout; exit 1 where a
 * function of the channel was never called by its party, or a fifth of its calls or more were refused.
 *
 *   node --conditions=apoc-source scripts/invariant-calls.ts FILE
 */
const highest = 0.2;

interface Counts {
  calls: number;
  reverts: number;
  attacks: number;
}

/** Sums the records `selector calls reverts attacks;` of all histories by selector. */
function read(path: string): ReadonlyMap<Hex, Counts> {
  const sums = new Map<Hex, Counts>();
  for (const record of readFileSync(path, "utf8").replaceAll("\n", "").split(";")) {
    if (record === "") continue;
    const [selector, ...numbers] = record.split(" ");
    const [calls = Number.NaN, reverts = Number.NaN, attacks = Number.NaN] = numbers.map(Number);
    if (!Number.isFinite(calls + reverts + attacks)) throw new Error(`not a record of counts: ${record}`);
    const sum = sums.get(selector as Hex) ?? { calls: 0, reverts: 0, attacks: 0 };
    sums.set(selector as Hex, {
      calls: sum.calls + calls,
      reverts: sum.reverts + reverts,
      attacks: sum.attacks + attacks,
    });
  }
  return sums;
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: scripts/invariant-calls.ts FILE");
const counted = read(path);
const functions = paymentChannelAbi.filter(
  (item): item is Extract<typeof item, AbiFunction> =>
    item.type === "function" && item.stateMutability === "nonpayable",
);
let failed = false;
const columns = (cells: readonly string[]) =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(36) : cell.padStart(10))).join("");
console.log(columns(["function", "calls", "refused", "share", "attacks"]));
for (const item of functions) {
  const { calls, reverts, attacks } = counted.get(toFunctionSelector(item)) ?? {
    calls: 0,
    reverts: 0,
    attacks: 0,
  };
  const share = calls === 0 ? 0 : reverts / calls;
  const bad = calls === 0 ? "  never called" : share >= highest ? "  refused too often" : "";
  failed ||= bad !== "";
  console.log(
    columns([item.name, ...[calls, reverts].map(String), `${(100 * share).toFixed(1)} %`, String(attacks)]) +
      bad,
  );
}
process.exitCode = failed ? 1 : 0;
