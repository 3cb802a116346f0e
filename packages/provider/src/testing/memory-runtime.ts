import { apiErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Clock } from "../clock.ts";
import type { Program } from "../runtime/conformance/program.ts";
import {
  type AdmittedImage,
  checkDesiredPod,
  type DesiredPod,
  type LogLine,
  type LogOptions,
  type ObservedPod,
  type PodRuntime,
  type RuntimeInfo,
} from "../runtime/index.ts";
import { MemoryContainer } from "./memory-container.ts";
import { followLines, selectLines } from "./memory-logs.ts";
import { MemoryPlace, type MemoryPod } from "./memory-place.ts";

/** What a container's image makes it do; an error when it cannot be started. */
export type ProgramOf = (image: AdmittedImage) => Program;

const sayHello: ProgramOf = () => [{ print: "hello" }];

/**
 * A runtime whose containers are objects in memory: a state machine with the rules of {@link PodRuntime}, for tests of
 * what drives a runtime. A test lets containers crash, and the place fail.
 */
export class MemoryRuntime implements PodRuntime {
  readonly #clock: Clock;
  readonly #programOf: ProgramOf;
  readonly place: MemoryPlace;
  /** What was done, oldest first. */
  readonly calls: string[] = [];
  /** How often it was asked for all pods, and for one. */
  readonly asked = { list: 0, observe: 0 };
  /** Thrown by the next calls of a method; `observe` stands for lists, too. */
  readonly failures: Partial<Record<"apply" | "remove" | "observe" | "restart" | "watch", Error>> = {};

  constructor(clock: Clock, place = new MemoryPlace(), programOf = sayHello) {
    this.#clock = clock;
    this.place = place;
    this.#programOf = programOf;
  }

  get pods(): ReadonlyMap<string, MemoryPod> {
    return this.place.pods;
  }

  async probe(): Promise<RuntimeInfo> {
    return { name: "memory", endpoint: "memory", architecture: "amd64" };
  }

  async apply(desired: DesiredPod): Promise<void> {
    this.#call("apply", `${desired.podId} ${desired.generation}`);
    checkDesiredPod(desired);
    const held = this.pods.get(desired.podId);
    const complete = desired.containers.every(
      ({ name }) => (held?.containers.get(name)?.phase ?? "created") !== "created",
    );
    if (held?.desired.generation === desired.generation && complete) return;
    const programs = await Promise.all(desired.containers.map(({ image }) => this.#load(image)));
    this.place.drop(desired.podId);
    this.place.volumes.prepare(desired);
    const containers = desired.containers.map((container, index) => {
      const files = this.place.volumes.filesOf(desired, container);
      const made = new MemoryContainer(container.name, this.#clock, programs[index]!, files);
      made.onChange = () => this.place.changed(desired.podId);
      return [container.name, made] as const;
    });
    const host = held?.host ?? this.place.nextHost();
    this.place.pods.set(desired.podId, { desired, host, hasNetwork: true, containers: new Map(containers) });
    for (const [, container] of containers) container.start();
    this.place.volumes.sweep(desired);
  }

  async restart(podId: string, name: string): Promise<void> {
    this.#call("restart", `${podId} ${name}`);
    const pod = this.pods.get(podId);
    const container = pod?.containers.get(name);
    if (pod === undefined || container === undefined) {
      throw new ApocError(apiErrors.CONTAINER_UNKNOWN, { field: `${podId}/${name}` });
    }
    if (!pod.hasNetwork) for (const each of pod.containers.values()) each.end(137);
    pod.hasNetwork = true;
    container.restarts += 1;
    container.start();
  }

  async list(): Promise<readonly ObservedPod[]> {
    this.asked.list += 1;
    if (this.failures.observe !== undefined) throw this.failures.observe;
    return [...this.pods.values()].map(observed);
  }

  async observe(podId: string): Promise<ObservedPod | undefined> {
    this.asked.observe += 1;
    if (this.failures.observe !== undefined) throw this.failures.observe;
    const pod = this.pods.get(podId);
    return pod === undefined ? undefined : observed(pod);
  }

  async *watch(signal: AbortSignal): AsyncIterable<string> {
    if (this.failures.watch !== undefined) throw this.failures.watch;
    const changed: string[] = [];
    let wake = () => {};
    const tell = (podId: string) => {
      changed.push(podId);
      wake();
    };
    this.place.watchers.add(tell);
    signal.addEventListener("abort", () => wake());
    try {
      while (!signal.aborted) {
        yield* changed.splice(0);
        if (changed.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.place.watchers.delete(tell);
    }
  }

  async *logs(podId: string, options: LogOptions): AsyncIterable<LogLine> {
    const containers = [...(this.pods.get(podId)?.containers.values() ?? [])];
    const chosen = containers.filter(({ name }) => name === (options.container ?? name));
    if (chosen.length === 0) throw new ApocError(apiErrors.CONTAINER_UNKNOWN, { field: podId });
    if (options.follow === true) yield* followLines(this.place, chosen, options);
    else yield* selectLines(chosen, options);
  }

  async takeDown(podId: string): Promise<void> {
    this.#call("remove", podId);
    this.place.drop(podId);
    this.place.volumes.dropSecrets(podId);
  }

  async remove(podId: string): Promise<void> {
    await this.takeDown(podId);
    this.place.volumes.remove(podId);
  }

  async gc(known: ReadonlySet<string>): Promise<readonly string[]> {
    const strays = [...new Set([...this.pods.keys(), ...this.place.volumes.pods])].filter(
      (id) => !known.has(id),
    );
    for (const id of strays) {
      this.place.drop(id);
      this.place.volumes.remove(id);
    }
    return strays;
  }

  /** A container ends by itself. */
  crash(podId: string, name: string, exitCode = 1): void {
    this.pods.get(podId)!.containers.get(name)!.end(exitCode);
  }

  async #load(image: AdmittedImage): Promise<Program> {
    for (const layer of image.manifest.layers) for await (const _ of image.blobs.fetch(layer));
    return this.#programOf(image);
  }

  #call(method: "apply" | "remove" | "restart", text: string): void {
    this.calls.push(`${method} ${text}`);
    const failure = this.failures[method];
    if (failure !== undefined) throw failure;
  }
}

function observed({ desired, host, hasNetwork, containers }: MemoryPod): ObservedPod {
  return {
    podId: desired.podId,
    generation: desired.generation,
    address: (port) => (hasNetwork ? { host, port } : undefined),
    containers: [...containers.values()]
      .map((container) => container.observed(hasNetwork))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
