import { apiErrors, type PodContainer, type PodManifest, type PodSecrets } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { AdmittedImage, DesiredContainer, DesiredPod, PodVolume } from "../runtime/index.ts";

/** What a desired pod is built from, once admission has proven it. */
export interface PodParts {
  readonly id: string;
  readonly generation: number;
  readonly manifest: PodManifest;
  /** By image reference. */
  readonly images: ReadonlyMap<string, AdmittedImage>;
  readonly secrets: PodSecrets;
}

/** Puts a pod together for the runtime. @throws SECRETS_MISSING */
export function buildDesiredPod(parts: PodParts): DesiredPod {
  const { manifest, secrets } = parts;
  return {
    podId: parts.id,
    generation: parts.generation,
    ports: [...new Set(manifest.containers.flatMap(({ ports }) => ports.map((port) => port.containerPort)))],
    volumes: manifest.volumes.map((volume) => buildVolume(volume, secrets)),
    containers: manifest.containers.map((container) => buildContainer(container, parts)),
  };
}

function buildVolume(volume: PodManifest["volumes"][number], secrets: PodSecrets): PodVolume {
  if (volume.kind !== "secret") return volume;
  const files = volume.files.map(({ path, secret }) => ({ path, content: contentOf(secret, secrets) }));
  return { name: volume.name, kind: "secret", files };
}

function buildContainer(container: PodContainer, { images, secrets }: PodParts): DesiredContainer {
  const { name, image, command, args, workingDir, resources } = container;
  return {
    name,
    image: images.get(image)!,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(workingDir === undefined ? {} : { workingDir }),
    env: container.env.map((variable) => ({
      name: variable.name,
      value:
        "secret" in variable ? new TextDecoder().decode(contentOf(variable.secret, secrets)) : variable.value,
    })),
    mounts: container.volumeMounts.map(({ name: volume, mountPath, readOnly }) => ({
      volume,
      mountPath,
      readOnly,
    })),
    cpuMillis: resources.cpuMillis,
    memoryBytes: resources.memoryBytes,
  };
}

function contentOf(secret: string, secrets: PodSecrets): Uint8Array {
  const content = secrets.get(secret);
  if (content === undefined) throw new ApocError(apiErrors.SECRETS_MISSING, { field: secret });
  return content;
}
