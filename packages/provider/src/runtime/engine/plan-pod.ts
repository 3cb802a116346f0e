import { ApocError } from "@apoc/errors";
import type { ImageConfig } from "@apoc/oci";
import { providerErrors } from "../../errors.ts";
import type { DesiredContainer, DesiredPod } from "../index.ts";
import { containerLimits, pauseLimits, type ContainerPlan, type MountPlan } from "./container-body.ts";
import type { Ownership } from "./labels.ts";

/** What a container needs that has been created before. */
export interface PodMakings {
  /** The engine's id of the container's image. */
  readonly imageId: string;
  /** Host path of each volume. */
  readonly paths: ReadonlyMap<string, string>;
  /** Id of the pause container. */
  readonly pauseContainer: string;
}

type Attempt = Pick<Ownership, "pod" | "generation" | "attempt">;

/** The pause container, which keeps the pod's network. */
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
    // Podman joins them into an option string: what follows a comma would be another option.
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

/** An empty list means the image's own words, as in Kubernetes. */
function filled(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined || words.length === 0 ? undefined : words;
}
