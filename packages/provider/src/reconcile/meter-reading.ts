import type { MeterReading } from "../metering/index.ts";
import type { ObservedPod } from "../runtime/index.ts";
import type { PodRecord } from "../state/index.ts";

/** What a look at a pod says to the meter. What runs may still be the generation before an update: then no gap is billed. */
export function readingOf(pod: PodRecord, observed: ObservedPod | undefined): MeterReading {
  const running = observed?.containers.filter(({ phase }) => phase === "running") ?? [];
  const started = running.map(({ startedAt }) =>
    startedAt === undefined ? Number.NaN : Date.parse(startedAt),
  );
  const startedAt = Math.max(...started);
  const isCurrent = observed?.generation === pod.generation;
  return {
    pod: pod.id,
    running: running.length > 0,
    ...(isCurrent ? { rate: pod.rate } : {}),
    ...(isCurrent && Number.isFinite(startedAt) ? { startedAt } : {}),
  };
}
