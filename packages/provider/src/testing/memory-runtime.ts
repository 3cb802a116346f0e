import { ApocError } from "@apoc/errors";
import type { Clock } from "../clock.ts";
import { providerErrors } from "../errors.ts";
import type {
  ContainerPhase,
  DesiredPod,
  LogLine,
  ObservedPod,
  PodRuntime,
  RuntimeInfo,
} from "../runtime/runtime.ts";

interface HeldContainer {
  phase: ContainerPhase;
  exitCode: number | undefined;
  restarts: number;
  startedAt: string;
}

interface HeldPod {
  readonly desired: DesiredPod;
  readonly containers: Map<string, HeldContainer>;
}

/**
 * A runtime whose containers are entries of a map: a state machine with the rules of {@link PodRuntime}, for tests of
 * what drives a runtime. A test lets containers crash, and the engine fail.
 */
export class MemoryRuntime implements PodRuntime {
  readonly #clock: Clock;
  readonly pods = new Map<string, HeldPod>();
  readonly calls: string[] = [];
  /** Thrown by the next calls of a method. */
  readonly failures: Partial<Record<"apply" | "remove" | "observe" | "restart", Error>> = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async probe(): Promise<RuntimeInfo> {
    return { name: "podman", version: "0", socket: "/memory", rootless: false, architecture: "amd64" };
  }

  async apply(desired: DesiredPod): Promise<void> {
    this.#call("apply", `${desired.podId} ${desired.generation}`);
    const held = this.pods.get(desired.podId);
    const complete = desired.containers.every(
      ({ name }) => (held?.containers.get(name)?.phase ?? "created") !== "created",
    );
    if (held?.desired.generation === desired.generation && complete) return;
    const startedAt = new Date(this.#clock.wall()).toISOString();
    const container = (): HeldContainer => ({
      phase: "running",
      exitCode: undefined,
      restarts: 0,
      startedAt,
    });
    this.pods.set(desired.podId, {
      desired,
      containers: new Map(desired.containers.map(({ name }) => [name, container()])),
    });
  }

  async restart(podId: string, name: string): Promise<void> {
    this.#call("restart", `${podId} ${name}`);
    const container = this.pods.get(podId)?.containers.get(name);
    if (container === undefined) throw new ApocError(providerErrors.CONTAINER_UNKNOWN, { field: name });
    container.phase = "running";
    container.exitCode = undefined;
    container.restarts += 1;
    container.startedAt = new Date(this.#clock.wall()).toISOString();
  }

  async observe(podId?: string): Promise<readonly ObservedPod[]> {
    if (this.failures.observe !== undefined) throw this.failures.observe;
    return [...this.pods.values()]
      .filter(({ desired }) => podId === undefined || desired.podId === podId)
      .map(({ desired, containers }) => ({
        podId: desired.podId,
        generation: desired.generation,
        address: (port) => ({ host: "10.0.0.2", port }),
        containers: [...containers].map(([name, container]) => ({ name, oomKilled: false, ...container })),
      }));
  }

  async *logs(podId: string): AsyncIterable<LogLine> {
    const time = new Date(this.#clock.wall()).toISOString();
    for (const [container] of this.pods.get(podId)?.containers ?? []) {
      yield { container, stream: "stdout", time, text: "hello" };
    }
  }

  async remove(podId: string): Promise<void> {
    this.#call("remove", podId);
    this.pods.delete(podId);
  }

  async gc(known: ReadonlySet<string>): Promise<readonly string[]> {
    const strays = [...this.pods.keys()].filter((id) => !known.has(id));
    for (const id of strays) this.pods.delete(id);
    return strays;
  }

  /** A container ends by itself. */
  crash(podId: string, name: string, exitCode = 1): void {
    const container = this.pods.get(podId)!.containers.get(name)!;
    container.phase = "exited";
    container.exitCode = exitCode;
  }

  #call(method: "apply" | "remove" | "restart", text: string): void {
    this.calls.push(`${method} ${text}`);
    const failure = this.failures[method];
    if (failure !== undefined) throw failure;
  }
}
