import { patterns } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";

/** Labels of every container and network made here. What lacks them, or bears another instance, is not ours. */
export const labels = {
  instance: "network.apocryph.instance",
  pod: "network.apocryph.pod",
  generation: "network.apocryph.generation",
  container: "network.apocryph.container",
  attempt: "network.apocryph.attempt",
  /** `pause` or `container`: a pod's container may be named `pause` as well. */
  role: "network.apocryph.role",
} as const;

/** Identity of one object of the engine, read from its labels. */
export interface Ownership {
  readonly pod: string;
  readonly generation: number;
  readonly attempt: number;
  readonly role: "pause" | "container" | "network";
  readonly container: string;
}

/** The labels of an object. `attempt` numbers the tries to make this pod, so that leftovers block no name. */
export function ownershipLabels(instance: string, ownership: Ownership): Record<string, string> {
  return {
    [labels.instance]: instance,
    [labels.pod]: ownership.pod,
    [labels.generation]: String(ownership.generation),
    [labels.attempt]: String(ownership.attempt),
    [labels.role]: ownership.role,
    [labels.container]: ownership.container,
  };
}

/** Reads labels; `undefined` if this runtime did not write them. */
export function readOwnership(
  found: Readonly<Record<string, string>> | null | undefined,
): Ownership | undefined {
  const pod = found?.[labels.pod] ?? "";
  const generation = Number(found?.[labels.generation] ?? Number.NaN);
  const attempt = Number(found?.[labels.attempt] ?? Number.NaN);
  const role = found?.[labels.role];
  if (!patterns.bytes32.test(pod) || !Number.isSafeInteger(generation) || !Number.isSafeInteger(attempt))
    return;
  if (role !== "pause" && role !== "container" && role !== "network") return;
  return { pod, generation, attempt, role, container: found?.[labels.container] ?? "" };
}

/** The `filters` parameter that selects this instance's objects, of one pod or of all. */
export function labelFilter(instance: string, podId?: string): string {
  const label = [
    `${labels.instance}=${instance}`,
    ...(podId === undefined ? [] : [`${labels.pod}=${podId}`]),
  ];
  return JSON.stringify({ label });
}

/** 80 bits of the pod id: short enough for names, too many to find another pod with the same. */
export function shortPodId(podId: string): string {
  return podId.slice(2, 22);
}

/**
 * Name of a container. It ends in the number of its restarts, the one thing that changes after creation and that
 * labels, being fixed, cannot count.
 */
export function containerName(ownership: Ownership, restarts: number): string {
  const { pod, generation, attempt, role, container } = ownership;
  return `apoc-${shortPodId(pod)}-${generation}-${attempt}-${role === "pause" ? "_" : container}-r${restarts}`;
}

/** Number of restarts that a container's name tells. */
export function restartsOf(name: string): number {
  return Number(/-r(\d+)$/.exec(name)?.[1] ?? 0);
}

export function networkName(pod: string, generation: number, attempt: number): string {
  return `apoc-${shortPodId(pod)}-${generation}-${attempt}`;
}

/** Repository under which images of a pod are tagged; `apoc.invalid` (RFC 2606) can never be pulled from. */
export function imageRepository(instance: string, podId?: string): string {
  return `apoc.invalid/${instance}${podId === undefined ? "" : `/${shortPodId(podId)}`}`;
}

/** Refuses an instance name that cannot be part of an image name. */
export function checkInstance(instance: string): void {
  if (!/^[a-z0-9](-?[a-z0-9]){0,62}$/.test(instance)) {
    throw new ApocError(providerErrors.POD_INVALID, {
      field: "instance",
      expected: "letters a-z, digits and single hyphens",
      actual: instance,
    });
  }
}
