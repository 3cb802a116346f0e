/**
 * Measures what the ingress pays to find the pod of one request, with few and with many pods: the processor time of one
 * look-up, by label, by a host name that a pod asks for, and of a name that no pod has. The peer is the provider with
 * the fewest pods. All providers take turns within one run, so that they see the same moods of the machine.
 *
 *   node --conditions=apoc-source test/bench/ingress.ts [--json] [--pods 10,1000,10000] [--rounds N]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { admittedPod, createPodRoutes, openSqliteState } from "@apoc/provider/testing";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    pods: { type: "string", default: "10,1000,10000" },
    rounds: { type: "string", default: "40" },
  },
});
const sizes = values.pods.split(",").map(Number);
const rounds = Number(values.rounds);
/** Look-ups of one round. */
const lookups = 500;
const suffix = "pods.test";
const address = { host: "10.0.0.2", port: 8080 };

/** A provider with so many running pods. */
interface Provider {
  readonly size: number;
  /** Host names of each kind, spread over all its pods. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly lookup: ReturnType<typeof createPodRoutes>;
  close(): Promise<void>;
}

async function startProvider(size: number): Promise<Provider> {
  const folder = await mkdtemp(join(tmpdir(), "apoc-bench-ingress-"));
  const { pods, close } = await openSqliteState(folder);
  const labels: string[] = [];
  for (let salt = 1; salt <= size; salt += 1) {
    const ingress = { port: 8080, host: `pod-${salt}.example` };
    const { id, label } = await pods.admit({ ...admittedPod(salt), ingress }, salt);
    await pods.setState(id, 1, "running", salt);
    labels.push(label);
  }
  const spread = (nameOf: (index: number) => string) =>
    Array.from({ length: lookups }, (_, i) => nameOf(Math.floor((i * size) / lookups)));
  return {
    size,
    names: {
      label: spread((index) => `${labels[index]}.${suffix}`),
      host: spread((index) => `pod-${index + 1}.example`),
      unknown: spread((index) => `nobody-${index}.${suffix}`),
    },
    lookup: createPodRoutes({ pods, suffixes: [suffix], observed: () => ({ address: () => address }) }),
    async close() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Microseconds of the processor for one look-up of each name. */
async function measure({ lookup, names }: Provider, kind: string): Promise<number> {
  const before = process.cpuUsage();
  for (const name of names[kind]!) {
    const found = await lookup(name);
    if ((found === address) === (kind === "unknown")) throw new Error(`wrong answer for ${name}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / lookups;
}

const providers: Provider[] = [];
try {
  for (const size of sizes) providers.push(await startProvider(size));
  const kinds = Object.keys(providers[0]!.names);
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) {
      for (const provider of providers) {
        const key = `${kind} ${provider.size}`;
        times.set(key, [...(times.get(key) ?? []), await measure(provider, kind)]);
      }
    }
  }
  for (const kind of kinds) {
    for (const { size } of providers) report(kind, size, times);
  }
} finally {
  for (const provider of providers) await provider.close();
}

function report(kind: string, size: number, times: ReadonlyMap<string, number[]>): void {
  const value = median(times.get(`${kind} ${size}`)!);
  const peerValue = median(times.get(`${kind} ${sizes[0]}`)!);
  const ratio = Number((value / peerValue).toFixed(2));
  const line = {
    bench: "ingress",
    case: `${kind}, ${size} pods`,
    value,
    unit: "us",
    peer: `${sizes[0]} pods`,
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...line, peerValue, ratio })}\n`
      : `${line.case.padEnd(22)} ${value.toFixed(1)} us a look-up, ${line.peer} ${peerValue.toFixed(1)} us, ratio ${ratio}\n`,
  );
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}
