import { patterns } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import type { DesiredContainer, DesiredPod, PodVolume } from "./desired-pod.ts";

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Checks that every runtime does before it creates anything: unique names, normal paths, mounts of existing volumes, and
 * no other program or working directory for an encrypted image (DESIGN 7). @throws POD_INVALID
 */
export function checkDesiredPod(pod: DesiredPod): void {
  if (!patterns.bytes32.test(pod.podId)) refuse("podId", "0x and 64 lower-case hex digits", pod.podId);
  if (!Number.isSafeInteger(pod.generation) || pod.generation < 0) {
    refuse("generation", "a whole number", String(pod.generation));
  }
  checkVolumes(pod.volumes);
  if (pod.containers.length === 0) refuse("containers", "at least one", "none");
  const names = new Set<string>();
  for (const [index, container] of pod.containers.entries()) {
    const field = `containers[${index}]`;
    if (!dnsLabel.test(container.name)) refuse(`${field}.name`, "a DNS label", container.name);
    if (names.has(container.name)) refuse(`${field}.name`, "each name once", container.name);
    names.add(container.name);
    checkMounts(container, field, pod.volumes);
    checkEnv(container, field);
    checkEncrypted(container, field);
  }
}

/** Admission's check `protection` has refused this before; the runtime relies on nobody. */
function checkEncrypted(container: DesiredContainer, field: string): void {
  const { layerKeys, manifest } = container.image;
  if (layerKeys === undefined) return;
  if (layerKeys.length !== manifest.layers.length) {
    refuse(`${field}.image.layerKeys`, `${manifest.layers.length} keys`, String(layerKeys.length));
  }
  for (const member of ["command", "workingDir"] as const) {
    const value = container[member];
    if (value !== undefined) refuse(`${field}.${member}`, "the encrypted image's own", JSON.stringify(value));
  }
}

function checkVolumes(volumes: readonly PodVolume[]): void {
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const field = `volumes[${index}]`;
    if (!dnsLabel.test(volume.name)) refuse(`${field}.name`, "a DNS label", volume.name);
    if (names.has(volume.name)) refuse(`${field}.name`, "each name once", volume.name);
    names.add(volume.name);
    if (volume.kind !== "secret") continue;
    const files = new Set<string>();
    for (const { path } of volume.files) {
      if (!/^[^/\0]{1,255}$/.test(path) || path === "." || path === "..") {
        refuse(`${field}.files`, "names without folders", path);
      }
      if (files.has(path)) refuse(`${field}.files`, "each name once", path);
      files.add(path);
    }
  }
}

function checkMounts(container: DesiredContainer, field: string, volumes: readonly PodVolume[]): void {
  const targets = new Set<string>();
  for (const { volume, mountPath } of container.mounts) {
    if (!volumes.some(({ name }) => name === volume)) {
      refuse(`${field}.mounts`, volumes.map(({ name }) => name).join(", ") || "no volumes", volume);
    }
    if (!isNormalPath(mountPath) || mountPath === "/") {
      refuse(`${field}.mounts`, "an absolute, normal path", mountPath);
    }
    if (targets.has(mountPath)) refuse(`${field}.mounts`, "each path once", mountPath);
    targets.add(mountPath);
  }
}

function checkEnv({ env }: DesiredContainer, field: string): void {
  for (const { name, value } of env) {
    if (/^[^=\0]+$/.test(name) && !value.includes("\0")) continue;
    refuse(`${field}.env`, "names without =, values without NUL", name);
  }
}

/** Whether a path is absolute, without `.`, `..` and empty parts. */
function isNormalPath(path: string): boolean {
  return /^(\/|(\/[^/\0]+)+)$/.test(path) && !/\/\.\.?(\/|$)/.test(path);
}

function refuse(field: string, expected: string, actual: string): never {
  throw new ApocError(providerErrors.POD_INVALID, { field, expected, actual });
}
