import { onTestFinished } from "vitest";
import type { DesiredPod, PodRuntime } from "../../../packages/provider/src/runtime/runtime.ts";

/** What a runtime under test must offer besides itself. */
export interface RuntimeHarness {
  /** A new object over the same engine, as after a restart of the provider. */
  makeRuntime(): PodRuntime;
  /** All objects of this instance that exist in the engine: `kind name`. */
  leftovers(): Promise<readonly string[]>;
  /** Whether the engine tells what the memory limit ended; podman 4.3 does not under cgroup v1. */
  readonly reportsOom: boolean;
  /** Ends the program that holds the pod's network, behind the runtime's back. */
  killPause(podId: string): Promise<void>;
}

/** Applies a pod and removes it after the test, whatever happened. */
export async function applied(harness: RuntimeHarness, pod: DesiredPod): Promise<PodRuntime> {
  const runtime = harness.makeRuntime();
  onTestFinished(() => runtime.remove(pod.podId));
  await runtime.apply(pod);
  return runtime;
}
