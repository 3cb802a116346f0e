// Changes every single bit of the report and the endorsement key certificate of four genuine SNP vectors, and of two
// genuine TDX quotes and their collateral, and verifies each time. Takes minutes:
//   node --conditions=apoc-source test/conformance/attestation/flips.ts <folder of vectors> [--only TEXT] [--step N]
// Prints a line for each part; the exit code is 1 when a change was accepted outside of documented padding, or ended in
// anything but a reason code.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readCases } from "./cases.ts";
import { flipBits, snpFlipCases, snpTargets, tdxFlipCases, tdxTargets } from "./flip.ts";

const { values, positionals } = parseArgs({
  options: { only: { type: "string", default: "" }, step: { type: "string", default: "1" } },
  allowPositionals: true,
});
const [folder] = positionals;
const step = Number(values.step);
if (folder === undefined || !Number.isSafeInteger(step) || step < 1) {
  process.stderr.write("usage: flips.ts <folder of vectors> [--only TEXT] [--step N]\n");
  process.exit(2);
}
const cases = readCases(join(folder, "snp-cases.json"));
const targets = [
  ...snpFlipCases(folder, cases).flatMap((one) => snpTargets(folder, one)),
  ...tdxFlipCases(folder).flatMap((one) => tdxTargets(folder, one)),
].filter(({ name }) => name.includes(values.only));

let [flips, padding, faults] = [0, 0, 0];
for (const target of targets) {
  const start = performance.now();
  const result = await flipBits(target, step);
  flips += result.flips;
  padding += result.padding;
  faults += result.accepted.length + result.untyped.length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { accepted, untyped } = result;
  process.stdout.write(
    `${result.name}: ${result.flips} flips, ${accepted.length} accepted, ${result.padding} in padding, ${untyped.length} untyped, ${seconds} s\n`,
  );
  for (const fault of [...accepted, ...untyped].slice(0, 20)) process.stdout.write(`  ${fault}\n`);
}
process.stdout.write(`${flips} flips, ${faults} faults, ${padding} accepted in padding\n`);
process.exitCode = faults === 0 && flips > 0 ? 0 : 1;
