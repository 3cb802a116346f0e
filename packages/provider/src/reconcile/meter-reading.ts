import type { MeterReading } from "../metering/index.ts";
import type { ObservedPod } from "../runtime/index.ts";
import type { PodRecord } from "../state/index.ts";

/** What a look at a pod says to the meter: what runs is paid for by its last channel, and by no earlier one. */
export function readingsOf(pod: PodRecord, observed: ObservedPod | undefined): MeterReading[] {
  const succeeded = pod.channels.slice(0, -1).map(({ id }) => ({ channel: id, running: false }));
  return [...succeeded, readingOf(pod, observed)];
}

/** What a look at a pod says of its channel. What runs may still be the generation before an update: then no gap is billed. */
function readingOf(pod: PodRecord, observed: ObservedPod | undefined): MeterReading {
  const running = observed?.containers.filter(({ phase }) => phase === "running") ?? [];
  const started = running.map(({ startedAt }) =>
    startedAt === undefined ? Number.NaN : Date.parse(startedAt),
  );
  const startedAt = Math.max(...started);
  const isCurrent = observed?.generation === pod.generation;
  return {
    channel: pod.channel.id,
    running: running.length > 0,
    ...(isCurrent ? { rate: pod.rate } : {}),
    ...(isCurrent && Number.isFinite(startedAt) ? { startedAt } : {}),
  };
}
