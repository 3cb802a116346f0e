import { ApocError } from "@apoc/errors";
import type { ImageConfig } from "@apoc/oci";
import { providerErrors } from "../../errors.ts";
import type { DesiredContainer, DesiredPod } from "../index.ts";
import { containerLimits, pauseLimits, type ContainerPlan, type MountPlan } from "./container-body.ts";
import type { Ownership } from "./labels.ts";

/** What is known of a pod's containers once everything that they need is there. */
export interface PodMakings {
  /** The engine's id of the container's image. */
  readonly imageId: string;
  /** Host path of each volume. */
  readonly paths: ReadonlyMap<string, string>;
  /** Id of the container that holds the pod's network. */
  readonly pauseContainer: string;
}

type Attempt = Pick<Ownership, "pod" | "generation" | "attempt">;

/** The container that holds a pod's network. */
export function planPause(
  pod: DesiredPod,
  attempt: Attempt,
  imageConfig: ImageConfig,
  imageId: string,
  network: string,
): ContainerPlan {
  return {
    ...pauseLimits,
    ownership: { ...attempt, role: "pause", container: "" },
    imageConfig,
    imageId,
    env: [],
    mounts: [],
    networkMode: network,
    hostAliases: pod.containers.map(({ name }) => name).filter((name) => name !== "localhost"),
    publishedPorts: [],
  };
}

/** A container of the pod in the engine's terms. @throws POD_INVALID */
export function planContainer(
  pod: DesiredPod,
  container: DesiredContainer,
  attempt: Attempt,
  { imageId, paths, pauseContainer }: PodMakings,
): ContainerPlan {
  return {
    ...containerLimits,
    ownership: { ...attempt, role: "container", container: container.name },
    imageConfig: container.image.config,
    imageId,
    entrypoint: filled(container.command),
    cmd: filled(container.args),
    workingDir: container.workingDir,
    env: container.env,
    mounts: planMounts(pod, container, paths),
    cpuMillis: container.cpuMillis,
    memoryBytes: container.memoryBytes,
    networkMode: `container:${pauseContainer}`,
    hostAliases: [],
    publishedPorts: [],
  };
}

function planMounts(
  pod: DesiredPod,
  { name, mounts }: DesiredContainer,
  paths: ReadonlyMap<string, string>,
): readonly MountPlan[] {
  const secrets = new Set(pod.volumes.filter(({ kind }) => kind === "secret").map((volume) => volume.name));
  return mounts.map(({ volume, mountPath, readOnly }) => {
    const hostPath = paths.get(volume)!;
    // Podman makes an option string of them: what follows a comma would be another option.
    const comma = [hostPath, mountPath].find((path) => path.includes(","));
    if (comma !== undefined) {
      const field = `containers.${name}.mounts`;
      throw new ApocError(providerErrors.POD_INVALID, {
        field,
        expected: "paths without commas",
        actual: comma,
      });
    }
    return { hostPath, mountPath, readOnly: readOnly || secrets.has(volume) };
  });
}

/** Kubernetes takes an empty list for an absent one. */
function filled(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined || words.length === 0 ? undefined : words;
}
