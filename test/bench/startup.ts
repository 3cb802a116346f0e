/**
 * Starts the programs many times, in turns with `node -e 0`, and prints the ratios to it.
 *
 * - checkout: scripts/apoc, from source;
 * - packed: what `pnpm pack` packs, unpacked away from this checkout.
 *
 *   node test/bench/startup.ts [--json] [--rounds N]
 *
 * `wall` is what a person waits, the median of all runs. `processor` is the mean time of all threads: more than a person
 * waits where there are several cores, but little else that the machine does counts. Compiled code is kept from a run
 * before the first that counts.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "40" } },
});
const rounds = Number(values.rounds);
const repository = fileURLToPath(new URL("../..", import.meta.url));

/** One way to start. */
interface Start {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Milliseconds of each run. */
  readonly wall: number[];
  readonly processor: number[];
}

/** Clock ticks of /proc. */
const tick = 10;

const folder = mkdtempSync(join(tmpdir(), "apoc-startup-"));
const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
try {
  const node = start("node -e 0", "-e", "0");
  const starts = [
    { ...start("apoc --help, checkout"), command: [join(repository, "scripts/apoc"), "--help"] as const },
    ...packedStarts(),
  ];
  for (const each of [node, ...starts]) await run(each.command);
  for (let round = 0; round < rounds; round++) {
    for (const each of [node, ...starts]) {
      const { wall, processor } = await run(each.command);
      each.wall.push(wall);
      each.processor.push(processor);
    }
  }
  for (const each of starts) {
    report(each.name, "wall", median(each.wall), median(node.wall));
    report(each.name, "processor", mean(each.processor), mean(node.processor));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Packs the programs and names what is measured of each. */
function packedStarts(): Start[] {
  const programs = { apoc: "apoc", developer: "apoc-dev", publisher: "apoc-pod", provider: "apoc-provider" };
  execFileSync(process.execPath, [join(repository, "scripts/bundle.ts")], { stdio: "inherit" });
  const packed = Object.entries(programs).map(([source, program]): Start => {
    const place = join(folder, source);
    const options = { cwd: join(repository, "packages", source), stdio: "ignore" } as const;
    execFileSync("pnpm", ["pack", "--pack-destination", place], options);
    execFileSync("tar", ["-xzf", readdirSync(place)[0]!], { cwd: place });
    return start(`${program} --help, packed`, join(place, "package/bundle/cli.js"), "--help");
  });
  const apoc = packed[0]!.command[1]!;
  const manifest = join(folder, "pod.yaml");
  execFileSync(process.execPath, [apoc, "pod", "init", "--out", manifest], { env, stdio: "ignore" });
  return [...packed, start("apoc pod validate, packed", apoc, "pod", "validate", manifest)];
}

function start(name: string, ...args: string[]): Start {
  return { name, command: [process.execPath, ...args], wall: [], processor: [] };
}

/** Runs to the end. */
async function run([program, ...args]: Start["command"]): Promise<{ wall: number; processor: number }> {
  const before = childrenTime();
  const began = performance.now();
  const child = spawn(program, args, { env, stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number];
  const wall = performance.now() - began;
  if (code !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${code}`);
  return { wall, processor: childrenTime() - before };
}

/** Milliseconds of processor time of all ended children: proc(5), fields 16 and 17 of /proc/self/stat. */
function childrenTime(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * tick;
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, each) => sum + each, 0) / list.length;
}

function report(name: string, what: string, value: number, peerValue: number): void {
  const line = {
    bench: "startup",
    case: `${name}, ${what}`,
    value: round(value),
    unit: "ms",
    peer: "node -e 0",
  };
  const ratio = round(value / peerValue);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...line, peerValue: round(peerValue), ratio })}\n`
      : `${line.case}: ${line.value} ms; ${line.peer} ${round(peerValue)} ms: ${ratio}x\n`,
  );
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
