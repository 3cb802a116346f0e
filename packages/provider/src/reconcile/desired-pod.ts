import {
  type AdmissionImage,
  parsePodRequest,
  type PodContainer,
  type PodManifest,
  type PodSecrets,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import type { DesiredContainer, DesiredPod, ObservedPod, VerifiedImage } from "../runtime/runtime.ts";
import type { PodRecord } from "../state/index.ts";
import type { MountOwner } from "./volumes.ts";

/** What a desired pod is built from, once admission has proven it. */
export interface PodParts {
  readonly id: string;
  readonly generation: number;
  readonly manifest: PodManifest;
  /** By image reference. */
  readonly images: ReadonlyMap<string, VerifiedImage>;
  readonly secrets: PodSecrets;
  /** Host path of each volume. */
  readonly volumes: ReadonlyMap<string, string>;
}

/** Puts a pod together for the runtime. @throws SECRETS_MISSING */
export function buildDesiredPod(parts: PodParts): DesiredPod {
  const { manifest } = parts;
  return {
    podId: parts.id,
    generation: parts.generation,
    hostname: manifest.name,
    ports: [...new Set(manifest.containers.flatMap(({ ports }) => ports.map((port) => port.containerPort)))],
    containers: manifest.containers.map((container) => buildContainer(container, parts)),
  };
}

function buildContainer(
  container: PodContainer,
  { manifest, images, secrets, volumes }: PodParts,
): DesiredContainer {
  const isSecret = (volume: string) =>
    manifest.volumes.some(({ name, kind }) => name === volume && kind === "secret");
  const { name, image, command, args, workingDir, resources } = container;
  const secret = (from: string): string => {
    const content = secrets.get(from);
    if (content === undefined) throw new ApocError(providerErrors.SECRETS_MISSING, { field: from });
    return new TextDecoder().decode(content);
  };
  return {
    name,
    image: images.get(image)!,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(workingDir === undefined ? {} : { workingDir }),
    env: container.env.map((variable) => ({
      name: variable.name,
      value: "secret" in variable ? secret(variable.secret) : variable.value,
    })),
    mounts: container.volumeMounts.map((mount) => ({
      hostPath: volumes.get(mount.name)!,
      mountPath: mount.mountPath,
      readOnly: mount.readOnly || isSecret(mount.name),
    })),
    cpuMillis: resources.cpuMillis,
    memoryBytes: resources.memoryBytes,
  };
}

/** Whether what is there are all containers of this generation: a pod that was interrupted while it was made is not whole. */
export function isWhole(
  observed: ObservedPod | undefined,
  { generation, request }: Pick<PodRecord, "generation" | "request">,
): observed is ObservedPod {
  if (observed?.generation !== generation) return false;
  const there = new Set(observed.containers.map(({ name }) => name));
  return parsePodRequest(request).manifest.containers.every(({ name }) => there.has(name));
}

/** The numeric user of the containers that mount a volume; `undefined` where they differ or have a name. */
export function volumeReader(
  manifest: PodManifest,
  images: ReadonlyMap<string, AdmissionImage>,
  volume: string,
): MountOwner | undefined {
  const users = manifest.containers
    .filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === volume))
    .map(({ image }) => images.get(image)?.config.config?.User ?? "");
  const [user] = users;
  if (user === undefined || users.some((other) => other !== user)) return undefined;
  if (user === "" || user === "root") return { uid: 0, gid: 0 };
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(user);
  return match === null ? undefined : { uid: Number(match[1]), gid: Number(match[2] ?? 0) };
}
