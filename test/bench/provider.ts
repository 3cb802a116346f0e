/**
 * Processor time of an idle provider by number of pods: `apoc provider serve` in its own process, with pods that run and
 * do nothing, on a chain with one block per second. The figures exclude engine, chain and registry.
 *
 *   scripts/bench.sh provider [--json] [--real N] [--seconds N]
 *
 * The first case runs on a real engine (DOCKER_HOST or the usual sockets) with `--real N` pods, default 10; `--real 0`
 * omits it. The others run on a model that repeats Docker's recorded answers: a small machine cannot run hundreds of
 * containers, and the engine is not measured. `ratio` compares with linear growth from the previous case.
 */
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { RemoteRepository } from "@apoc/oci";
import { findEngineSocket } from "@apoc/provider/engine";
import { launchProvider, pushOwnImage, setStage, type Stage } from "apoc/demo";
import { admitPods, countPods, fundPods } from "./provider/funded-pods.ts";
import { type ModelEngine, startModelEngine } from "./provider/model-engine.ts";
import { processorShare } from "./provider/processor-time.ts";

interface Result {
  readonly bench: "provider";
  readonly case: string;
  readonly value: number;
  readonly unit: "% of a core";
  readonly peer: string;
  readonly peerValue: number;
  readonly ratio: number;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    real: { type: "string", default: "10" },
    seconds: { type: "string", default: "30" },
  },
});
const seconds = Number(values.seconds);
const real = Number(values.real);
/** Pods of the cases on the model engine. */
const sizes = [0, 10, 100, 500] as const;
/** Time that a provider gets for its start-up work. */
const settleMilliseconds = 12_000;

const say = (text: string) => process.stderr.write(`${text}\n`);
const round = (value: number) => Math.round(value * 100) / 100;
const results: Result[] = [];

function report(name: string, share: number, peer?: { readonly name: string; readonly value: number }): void {
  const value = round(share);
  const peerValue = round(peer?.value ?? share);
  results.push({
    bench: "provider",
    case: name,
    value,
    unit: "% of a core",
    peer: peer?.name ?? "itself",
    peerValue,
    ratio: round(value / peerValue),
  });
  if (values.json) console.log(JSON.stringify(results.at(-1)));
  else
    console.log(
      `${name.padEnd(32)} ${value.toFixed(2).padStart(6)} % of a core${peer === undefined ? "" : `   ${round(share / peer.value)}× ${peer.name} (${peerValue} %)`}`,
    );
}

/** Lets the stage's provider run these pods and gives its share of a core once all of them do. */
async function measure(stage: Stage, image: string, from: number, to: number, engine?: ModelEngine) {
  const dataDir = join(stage.roles.sofia.directory, "data");
  const pods = await fundPods(stage, from, to);
  await admitPods(dataDir, pods, image);
  engine?.run([...known, ...pods.map(({ id }) => id)]);
  known.push(...pods.map(({ id }) => id));
  const provider = await launchProvider(stage.roles.sofia, stage.provider.configFile);
  try {
    const until = Date.now() + 600_000;
    for (;;) {
      const [running, all] = await countPods(dataDir);
      if (running === all) break;
      if (Date.now() > until) throw new Error(`${running} of ${all} pods run:\n${provider.log()}`);
      await sleep(500);
    }
    await sleep(settleMilliseconds);
    engine?.requests();
    const share = await processorShare(provider.pid, seconds);
    const [running, all] = await countPods(dataDir);
    if (running !== all) throw new Error(`only ${running} of ${all} pods still run:\n${provider.log()}`);
    for (const [request, count] of engine?.requests() ?? []) {
      say(`    ${request}: ${round(count / seconds)} a second`);
    }
    return share;
  } finally {
    await provider.stop();
  }
}

const known: string[] = [];

async function withStage(
  socket: string,
  work: (stage: Stage, image: string) => Promise<void>,
): Promise<void> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "apoc-bench-")));
  try {
    await using stage = await setStage({ directory, engineSocket: socket });
    await stage.provider.stop();
    known.length = 0;
    const reference = await pushOwnImage(stage);
    const { digest } = await new RemoteRepository({ reference }).resolve("1.0");
    await work(stage, `${reference.replace(/:[^:/]*$/, "")}@${digest}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

if (real > 0) {
  const engine = await findEngineSocket(process.env);
  say(`${engine.name} ${engine.version}: ${real} pods`);
  await withStage(engine.socket, async (stage, image) => {
    report(`${real} pods, ${engine.name} ${engine.version}`, await measure(stage, image, 0, real));
  });
}

const folder = await mkdtemp(join(tmpdir(), "apoc-model-"));
const engine = await startModelEngine(join(folder, "engine.sock"));
try {
  await withStage(engine.socket, async (stage, image) => {
    let idle = 0;
    let before: { readonly pods: number; readonly share: number } | undefined;
    for (const [index, pods] of sizes.entries()) {
      say(`model engine: ${pods} pods`);
      const share = await measure(stage, image, sizes[index - 1] ?? 0, pods, engine);
      if (pods === 0) idle = share;
      const straight =
        before === undefined || before.pods === 0
          ? undefined
          : {
              name: `linear from ${before.pods}`,
              value: idle + ((before.share - idle) * pods) / before.pods,
            };
      report(`${pods} pods, model engine`, share, straight);
      before = { pods, share };
    }
  });
} finally {
  await engine.close();
  await rm(folder, { recursive: true });
}
