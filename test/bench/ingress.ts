/**
 * Measures what the ingress pays to find the pod of a request, with few and with many pods: the processor time of one
 * look-up by label, by a host name that a pod asks for, and of a name that no pod has; and of a whole request, client
 * and pod included, since they are in this process. The peer is the provider with the fewest pods. All providers take
 * turns within one run, so that they see the same moods of the machine.
 *
 *   node --conditions=apoc-source test/bench/ingress.ts [--json] [--pods 10,1000,10000] [--rounds N]
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { admittedPod, createIngress, createPodRoutes, openSqliteState } from "@apoc/provider/testing";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    pods: { type: "string", default: "10,1000,10000" },
    rounds: { type: "string", default: "40" },
  },
});
const sizes = values.pods.split(",").map(Number);
const rounds = Number(values.rounds);
const suffix = "pods.test";

/** A kind of work, and how often one round does it. */
interface Work {
  readonly times: number;
  /** The work for the pod at `index`. */
  readonly run: (index: number) => Promise<void>;
}

/** A provider with so many running pods. */
interface Provider {
  readonly size: number;
  readonly work: Readonly<Record<string, Work>>;
  close(): Promise<void>;
}

const pod = createServer((_, answer) => answer.end("hello"));
pod.listen(0, "127.0.0.1");
await once(pod, "listening");
const target = { host: "127.0.0.1", port: (pod.address() as AddressInfo).port };
const agent = new Agent({ keepAlive: true });

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
  const lookup = createPodRoutes({
    pods,
    suffixes: [suffix],
    observed: () => ({ address: () => target }),
  });
  const ingress = await createIngress({ listen: { host: "127.0.0.1", port: 0 }, lookup });
  const expect = async (name: string, found: unknown) => {
    if ((await lookup(name)) !== found) throw new Error(`${name} leads elsewhere`);
  };
  return {
    size,
    work: {
      "look-up by label": { times: 500, run: (index) => expect(`${labels[index]}.${suffix}`, target) },
      "look-up by host": { times: 500, run: (index) => expect(`pod-${index + 1}.example`, target) },
      "look-up of no pod": { times: 500, run: (index) => expect(`nobody-${index}.${suffix}`, undefined) },
      request: { times: 50, run: (index) => ask(ingress.port, `${labels[index]}.${suffix}`) },
    },
    async close() {
      await ingress.close();
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

async function ask(port: number, host: string): Promise<void> {
  const request = get({ host: "127.0.0.1", port, agent, headers: { host } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 200) throw new Error(`${host}: status ${response.statusCode}`);
}

/** Microseconds of the processor for one time of the work, spread over all pods. */
async function measure({ times, run }: Work, size: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) await run(Math.floor((i * size) / times));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

const providers: Provider[] = [];
try {
  for (const size of sizes) providers.push(await startProvider(size));
  const kinds = Object.keys(providers[0]!.work);
  const samples = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) {
      for (const { size, work } of providers) {
        const key = `${kind}, ${size} pods`;
        samples.set(key, [...(samples.get(key) ?? []), await measure(work[kind]!, size)]);
      }
    }
  }
  for (const kind of kinds) for (const { size } of providers) report(kind, size, samples);
} finally {
  for (const provider of providers) await provider.close();
  agent.destroy();
  pod.close();
}

function report(kind: string, size: number, samples: ReadonlyMap<string, number[]>): void {
  const value = median(samples.get(`${kind}, ${size} pods`)!);
  const peerValue = median(samples.get(`${kind}, ${sizes[0]} pods`)!);
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
      : `${line.case.padEnd(30)} ${value.toFixed(1)} us, ${line.peer} ${peerValue.toFixed(1)} us, ratio ${ratio}\n`,
  );
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}
