import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePodRequest } from "@apoc/core";
import { unixSeconds } from "../clock.ts";
import { Meter } from "../metering/index.ts";
import { buildDesiredPod } from "../reconcile/desired-pod.ts";
import { ChannelWatch, type PodStarter, Reconciler } from "../reconcile/index.ts";
import { openRemoteState } from "./remote-state.ts";
import { keptLog, ManualClock } from "./manual-clock.ts";
import { MemoryChain, openChannel } from "./memory-chain.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import { sampleImage } from "./sample-image.ts";
import { admittedPod } from "./sample-pod.ts";

/** One container, one base unit a second. */
export const pod = admittedPod();
/** Bound of a chain that looks wrong. */
export const suspendAfterSeconds = 300;

/** A provider around an in-memory runtime and chain. `restart` is what a new process would see. */
export async function reconcileScene() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-reconcile-"));
  const state = await openRemoteState(folder);
  const clock = new ManualClock();
  const runtime = new MemoryRuntime(clock);
  const chain = new MemoryChain(clock);
  chain.channels.set(pod.channel.id, openChannel(1_000_000n, unixSeconds(clock)));
  const starter = new TestStarter();
  const removed: string[] = [];
  const ending: string[] = [];
  const { log, lines } = keptLog();
  const policy = {
    confirmations: 2,
    maxHeadAgeSeconds: 60,
    minRunwaySeconds: 0,
    minGraceSeconds: 0,
    monitors: [],
  };
  const start = () =>
    new Reconciler({
      state,
      runtime,
      starter,
      watch: new ChannelWatch(chain, suspendAfterSeconds),
      sources: chain.sources,
      policy,
      meter: new Meter(state.usage, clock),
      clock,
      log,
      onRemoved: ({ id }) => void removed.push(id),
      onChannelEnding: ({ id }) => void ending.push(id),
    });
  const scene = {
    state,
    clock,
    runtime,
    chain,
    starter,
    removed,
    ending,
    lines,
    log,
    reconciler: start(),
    restartProvider: () => {
      scene.reconciler = start();
    },
    /** A round after some seconds. */
    round: async (seconds = 5) => {
      clock.advance(seconds * 1000);
      await scene.reconciler.round();
    },
    status: async () => (await state.pods.get(pod.id))!,
    dispose: async () => {
      await state.close();
      await rm(folder, { recursive: true });
    },
    phases: () => [...(runtime.pods.get(pod.id)?.containers.values() ?? [])].map(({ phase }) => phase),
  };
  return scene;
}

const sample = sampleImage();

/** Admits what the test lets it, and builds the pod as a provider does. */
export class TestStarter implements PodStarter {
  refusal: Error | undefined;
  readmissions = 0;
  /** Runs while the pod is being prepared. */
  meanwhile: () => Promise<void> = async () => {};

  readonly readmit: PodStarter["readmit"] = async () => {
    this.readmissions += 1;
    if (this.refusal !== undefined) throw this.refusal;
    return undefined as never;
  };

  readonly desiredPod: PodStarter["desiredPod"] = async ({ id, generation, request }) => {
    await this.meanwhile();
    const { manifest } = parsePodRequest(request);
    const { digest, manifest: imageManifest, config, repository } = await sample;
    const image = { digest, manifest: imageManifest, config, blobs: repository };
    const images = new Map(manifest.containers.map((container) => [container.image, image]));
    return buildDesiredPod({ id, generation, manifest, images, secrets: new Map() });
  };
}
