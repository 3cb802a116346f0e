import type { ImageConfig } from "@apoc/oci";
import type { EngineInfo } from "./engine-socket.ts";
import { ownershipLabels, type Ownership } from "./labels.ts";

/**
 * Capabilities a container's root keeps: those with which ordinary servers change owners, drop privileges and
 * listen on low ports, all confined to the container's own files, processes and network. Everything else of the
 * engine's default set is taken: raw packets, device nodes, chroot, file capabilities, audit.
 */
export const capabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "NET_BIND_SERVICE",
  "SETGID",
  "SETUID",
] as const;

/**
 * What a container is given of them. Programs of another user get none: no-new-privileges bars the ways on which
 * they could come to use them, and podman would otherwise hand them over at once, as ambient capabilities.
 */
export function grantedCapabilities(plan: ContainerPlan): readonly string[] {
  const user = (plan.imageConfig.config?.User ?? "").split(":", 1)[0] ?? "";
  return plan.ownership.role === "container" && ["", "0", "root"].includes(user) ? capabilities : [];
}

/** Of the pod's network: any user may listen on any port, as Docker has it by default. */
export const sysctls = { "net.ipv4.ip_unprivileged_port_start": "0" } as const;

/** Most processes and threads of one container. */
const processLimit = 512;

/** A folder of this machine that becomes part of a container. */
export interface MountPlan {
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

/** A container in the engine's terms; everything not named here is the same for all containers. */
export interface ContainerPlan {
  readonly ownership: Ownership;
  /** Config of the image, as verified. */
  readonly imageConfig: ImageConfig;
  /** The engine's id of the loaded image. */
  readonly imageId: string;
  /** Absent: the image's. */
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  readonly workingDir?: string | undefined;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly MountPlan[];
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly processes: number;
  /** The network itself for the pause container, `container:<id>` of it for all others. */
  readonly networkMode: string;
  /** Names that resolve to the pod itself, for the pause container. */
  readonly hostAliases: readonly string[];
  /** Ports published on the loopback interface, for the pause container where its address cannot be reached. */
  readonly publishedPorts: readonly number[];
}

/** Limits of the pause container; it runs a program of some 190 bytes. */
export const pauseLimits = { cpuMillis: 50, memoryBytes: 16 * 1024 * 1024, processes: 8 } as const;
export const containerLimits = { processes: processLimit } as const;

export const ulimits = [
  // Equal and below common ceilings: raising a hard limit needs CAP_SYS_RESOURCE, which an engine may lack.
  { Name: "nofile", Soft: 4096, Hard: 4096 },
  { Name: "nproc", Soft: 2048, Hard: 2048 },
  // A core dump would put a licensed program's memory into a file.
  { Name: "core", Soft: 0, Hard: 0 },
] as const;

/** Each container's log is bounded at the engine; the oldest lines go first. */
export const logSize = { docker: "8m", podman: "8m" } as const;

/**
 * Body of `POST /containers/create`. Entrypoint, command, working directory and user of the image are not repeated:
 * the engine reads them from the image itself, and the read-back compares them with the verified config.
 */
export function containerBody(
  plan: ContainerPlan,
  engine: EngineInfo,
  instance: string,
): Record<string, unknown> {
  const joins = plan.networkMode.startsWith("container:");
  return {
    Image: plan.imageId,
    ...(plan.entrypoint === undefined ? {} : { Entrypoint: plan.entrypoint }),
    ...(plan.cmd === undefined ? {} : { Cmd: plan.cmd }),
    ...(plan.workingDir === undefined ? {} : { WorkingDir: plan.workingDir }),
    ...(joins ? {} : { Hostname: "pod" }),
    Env: plan.env.map(({ name, value }) => `${name}=${value}`),
    Labels: ownershipLabels(instance, plan.ownership),
    // An image's health check would be a program that the engine runs inside again and again.
    Healthcheck: { Test: ["NONE"] },
    ExposedPorts: Object.fromEntries(plan.publishedPorts.map((port) => [`${port}/tcp`, {}])),
    HostConfig: {
      NetworkMode: plan.networkMode,
      Privileged: false,
      CapDrop: ["ALL"],
      CapAdd: grantedCapabilities(plan),
      ...(joins ? {} : { Sysctls: sysctls }),
      SecurityOpt: ["no-new-privileges"],
      IpcMode: "private",
      CgroupnsMode: "private",
      PidsLimit: plan.processes,
      Memory: plan.memoryBytes,
      MemorySwap: plan.memoryBytes,
      NanoCpus: plan.cpuMillis * 1_000_000,
      Ulimits: ulimits,
      RestartPolicy: { Name: "no" },
      LogConfig:
        engine.name === "docker"
          ? { Type: "json-file", Config: { "max-size": logSize.docker, "max-file": "1" } }
          : { Type: "k8s-file", Config: { "max-size": logSize.podman } },
      Mounts: plan.mounts.map(({ hostPath, mountPath, readOnly }) => ({
        Type: "bind",
        Source: hostPath,
        Target: mountPath,
        ReadOnly: readOnly,
        BindOptions: { Propagation: "rprivate" },
      })),
      ...(plan.hostAliases.length === 0
        ? {}
        : { ExtraHosts: plan.hostAliases.map((name) => `${name}:127.0.0.1`) }),
      ...(plan.publishedPorts.length === 0
        ? {}
        : {
            PortBindings: Object.fromEntries(
              plan.publishedPorts.map((port) => [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: "" }]]),
            ),
          }),
    },
  };
}
