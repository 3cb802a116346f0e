import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import { grantedCapabilities, logSize, sysctls, ulimits, type ContainerPlan } from "./container-body.ts";
import type { EngineInfo } from "./engine-socket.ts";
import type { ContainerInspection, PodmanInspection } from "./inspection.ts";
import { ownershipLabels } from "./labels.ts";

/** A container reduced to what matters for isolation and identity, the same for both engines. */
type ContainerView = Readonly<Record<string, unknown>>;

/**
 * Compares what the engine made with what was planned, before it runs. Any difference throws `READBACK_MISMATCH`
 * with the field's name in the engine's terms. `podman` is given where the engine is podman, whose compatible API
 * does not tell the capabilities and the log driver.
 */
export function compareContainer(
  plan: ContainerPlan,
  engine: EngineInfo,
  instance: string,
  found: ContainerInspection,
  podman?: PodmanInspection,
): void {
  const expected = plannedView(plan, engine, instance);
  const actual = foundView(plan, engine, found, podman);
  for (const field of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const [wanted, got] = [JSON.stringify(expected[field]), JSON.stringify(actual[field])];
    if (wanted === got) continue;
    throw new ApocError(providerErrors.READBACK_MISMATCH, {
      field: `${plan.ownership.container || "pause"}.${field}`,
      expected: wanted ?? "nothing",
      actual: got ?? "nothing",
    });
  }
}

function plannedView(plan: ContainerPlan, engine: EngineInfo, instance: string): ContainerView {
  const image = plan.imageConfig.config ?? {};
  const bound = new Set(plan.mounts.map(({ mountPath }) => mountPath));
  const volumes = Object.keys(image.Volumes ?? {}).filter((path) => !bound.has(trimSlash(path)));
  return {
    Image: plan.imageId,
    // Kubernetes: a command of one's own also does away with the image's arguments.
    "Config.Entrypoint": plan.entrypoint ?? image.Entrypoint ?? [],
    "Config.Cmd": plan.cmd ?? (plan.entrypoint === undefined ? (image.Cmd ?? []) : []),
    "Config.Env": environment([
      ...(image.Env ?? []),
      ...plan.env.map(({ name, value }) => `${name}=${value}`),
    ]),
    "Config.WorkingDir": trimSlash(plan.workingDir ?? image.WorkingDir ?? ""),
    "Config.User": image.User ?? "",
    "Config.Tty": false,
    "Config.OpenStdin": false,
    "Config.Healthcheck": [],
    "Config.Labels": pairs(ownershipLabels(instance, plan.ownership)),
    Mounts: [
      ...plan.mounts.map((mount) => ["bind", mount.hostPath, mount.mountPath, !mount.readOnly].join(" ")),
      ...volumes.map((path) => `anonymous volume ${trimSlash(path)}`),
    ].toSorted(),
    "HostConfig.Tmpfs": [],
    "HostConfig.VolumesFrom": [],
    "HostConfig.Privileged": false,
    Capabilities: grantedCapabilities(plan).toSorted(),
    "HostConfig.NetworkMode": plan.networkMode,
    Networks: plan.networkMode.startsWith("container:") ? [] : [plan.networkMode],
    "HostConfig.PortBindings": plan.publishedPorts.map((port) => `${port}/tcp 127.0.0.1`).toSorted(),
    "HostConfig.PublishAllPorts": false,
    "HostConfig.Links": [],
    "HostConfig.Dns": [],
    "HostConfig.ExtraHosts": plan.hostAliases.map((name) => `${name}:127.0.0.1`).toSorted(),
    "HostConfig.IpcMode": "private",
    "HostConfig.PidMode": "private",
    "HostConfig.UTSMode": "private",
    "HostConfig.SecurityOpt": ["no-new-privileges"],
    "HostConfig.UsernsMode": "",
    "HostConfig.CgroupnsMode": "private",
    "HostConfig.CgroupParent": "",
    "HostConfig.Devices": [],
    "HostConfig.DeviceCgroupRules": [],
    "HostConfig.DeviceRequests": [],
    "HostConfig.GroupAdd": [],
    "HostConfig.Sysctls": plan.networkMode.startsWith("container:") ? [] : pairs(sysctls),
    "HostConfig.RestartPolicy": "no",
    "HostConfig.AutoRemove": false,
    "HostConfig.Memory": plan.memoryBytes,
    // An engine that cannot account for swap says so and drops the limit.
    "HostConfig.MemorySwap": engine.swapLimit ? plan.memoryBytes : -1,
    "HostConfig.NanoCpus": plan.cpuMillis * 1_000_000,
    "HostConfig.PidsLimit": plan.processes,
    "HostConfig.OomKillDisable": false,
    "HostConfig.OomScoreAdj": 0,
    "HostConfig.Ulimits": ulimits.map(({ Name, Soft, Hard }) => `${Name} ${Soft} ${Hard}`).toSorted(),
    "HostConfig.LogConfig": engine.name === "docker" ? `json-file ${logSize.docker}` : "k8s-file 8MB",
    "HostConfig.MaskedPaths": true,
    "HostConfig.ReadonlyPaths": true,
  };
}

function foundView(
  plan: ContainerPlan,
  engine: EngineInfo,
  { Image, Config, HostConfig: host, Mounts, NetworkSettings }: ContainerInspection,
  podman: PodmanInspection | undefined,
): ContainerView {
  const joins = plan.networkMode.startsWith("container:");
  const isPodman = engine.name === "podman";
  const networks = Object.keys(NetworkSettings.Networks ?? {}).toSorted();
  return {
    Image: Image.startsWith("sha256:") ? Image : `sha256:${Image}`,
    "Config.Entrypoint": Config.Entrypoint ?? [],
    "Config.Cmd": Config.Cmd ?? [],
    "Config.Env": environment(withoutEngineVariables(plan, isPodman, Config.Env ?? [])),
    "Config.WorkingDir": trimSlash(Config.WorkingDir ?? ""),
    "Config.User": Config.User ?? "",
    "Config.Tty": Config.Tty ?? false,
    "Config.OpenStdin": Config.OpenStdin ?? false,
    "Config.Healthcheck": (Config.Healthcheck?.Test ?? []).filter((word) => word !== "NONE"),
    "Config.Labels": pairs(
      Object.fromEntries(
        Object.entries(Config.Labels ?? {}).filter(([name]) => name.startsWith("network.apocryph.")),
      ),
    ),
    Mounts: (Mounts ?? [])
      .map(({ Type, Name, Source, Destination, RW }) =>
        Type === "volume" && /^[0-9a-f]{64}$/.test(Name ?? "") && RW
          ? `anonymous volume ${trimSlash(Destination)}`
          : [Type, Source, Destination, RW].join(" "),
      )
      .toSorted(),
    "HostConfig.Tmpfs": pairs(host.Tmpfs ?? {}),
    "HostConfig.VolumesFrom": host.VolumesFrom ?? [],
    "HostConfig.Privileged": host.Privileged,
    Capabilities: isPodman
      ? podmanCapabilities(podman)
      : dockerCapabilities(host.CapDrop ?? [], host.CapAdd ?? []),
    "HostConfig.SecurityOpt": (host.SecurityOpt ?? []).map((option) => option.replace(/[:=]true$/, "")),
    // Podman calls every named network `bridge`; which one it is, `Networks` tells.
    "HostConfig.NetworkMode":
      isPodman && !joins && host.NetworkMode === "bridge" ? plan.networkMode : host.NetworkMode,
    Networks: joins ? [] : networks,
    "HostConfig.PortBindings": Object.entries(host.PortBindings ?? {})
      .flatMap(([port, bindings]) => (bindings ?? []).map(({ HostIp }) => `${port} ${HostIp ?? ""}`))
      .toSorted(),
    "HostConfig.PublishAllPorts": host.PublishAllPorts ?? false,
    "HostConfig.Links": host.Links ?? [],
    "HostConfig.Dns": host.Dns ?? [],
    "HostConfig.ExtraHosts": (host.ExtraHosts ?? []).toSorted(),
    // `shareable` is podman's word for an own namespace that another container could be told to join; none is.
    "HostConfig.IpcMode": isPodman && host.IpcMode === "shareable" ? "private" : host.IpcMode,
    "HostConfig.PidMode": host.PidMode || "private",
    "HostConfig.UTSMode": host.UTSMode || "private",
    "HostConfig.UsernsMode": host.UsernsMode,
    "HostConfig.CgroupnsMode": isPodman ? host.CgroupnsMode || "private" : host.CgroupnsMode,
    "HostConfig.CgroupParent": host.CgroupParent ?? "",
    "HostConfig.Devices": host.Devices ?? [],
    "HostConfig.DeviceCgroupRules": host.DeviceCgroupRules ?? [],
    "HostConfig.DeviceRequests": host.DeviceRequests ?? [],
    "HostConfig.GroupAdd": host.GroupAdd ?? [],
    // Podman 4.3 sets them but does not tell.
    "HostConfig.Sysctls": pairs(host.Sysctls ?? (isPodman && !joins ? sysctls : {})),
    "HostConfig.RestartPolicy": host.RestartPolicy?.Name || "no",
    "HostConfig.AutoRemove": host.AutoRemove,
    "HostConfig.Memory": host.Memory,
    "HostConfig.MemorySwap": host.MemorySwap,
    "HostConfig.NanoCpus": host.NanoCpus,
    "HostConfig.PidsLimit": host.PidsLimit,
    "HostConfig.OomKillDisable": host.OomKillDisable ?? false,
    "HostConfig.OomScoreAdj": host.OomScoreAdj ?? 0,
    "HostConfig.Ulimits": (host.Ulimits ?? [])
      .map(({ Name, Soft, Hard }) => `${Name.replace("RLIMIT_", "").toLowerCase()} ${Soft} ${Hard}`)
      .toSorted(),
    "HostConfig.LogConfig": isPodman
      ? `${podman?.HostConfig.LogConfig.Type} ${podman?.HostConfig.LogConfig.Size}`
      : `${host.LogConfig?.Type} ${host.LogConfig?.Config?.["max-size"]}`,
    // Podman's compatible API tells neither; its default hides them unless SecurityOpt says otherwise.
    "HostConfig.MaskedPaths": isPodman || host.MaskedPaths?.includes("/proc/kcore") === true,
    "HostConfig.ReadonlyPaths": isPodman || host.ReadonlyPaths?.includes("/proc/sys") === true,
  };
}

/** Variables that podman adds by itself; accepted only with these values. */
const engineVariables: Readonly<Record<string, RegExp>> = {
  PATH: /^\/usr\/local\/sbin:\/usr\/local\/bin:\/usr\/sbin:\/usr\/bin:\/sbin:\/bin$/,
  TERM: /^xterm$/,
  container: /^(podman|oci)$/,
  HOSTNAME: /^[0-9a-f]{12}$|^pod$/,
  HOME: /^\/[^:]*$/,
};

function withoutEngineVariables(
  plan: ContainerPlan,
  isPodman: boolean,
  found: readonly string[],
): readonly string[] {
  if (!isPodman) return found;
  const planned = new Set([
    ...(plan.imageConfig.config?.Env ?? []).map((entry) => entry.split("=", 1)[0]),
    ...plan.env.map(({ name }) => name),
  ]);
  return found.filter((entry) => {
    const name = entry.split("=", 1)[0] ?? "";
    const isEngines =
      Object.hasOwn(engineVariables, name) && engineVariables[name]?.test(entry.slice(name.length + 1));
    return planned.has(name) || isEngines !== true;
  });
}

/** Names with their last values: a later entry wins, as in the engines. */
function environment(entries: readonly string[]): readonly string[] {
  return pairs(
    Object.fromEntries(
      entries.map((entry) => {
        const end = entry.indexOf("=");
        return end < 0 ? [entry, ""] : [entry.slice(0, end), entry.slice(end + 1)];
      }),
    ),
  );
}

function dockerCapabilities(dropped: readonly string[], added: readonly string[]): readonly string[] {
  const base = dropped.map((name) => name.toUpperCase()).includes("ALL") ? [] : ["everything by default"];
  return [...base, ...added.map(bareCapability)].toSorted();
}

/** The bounding set is all a program can ever get; what it starts with must lie within. */
function podmanCapabilities(podman: PodmanInspection | undefined): readonly string[] {
  if (podman === undefined) return ["unknown"];
  return [
    ...new Set([...(podman.BoundingCaps ?? []), ...(podman.EffectiveCaps ?? [])].map(bareCapability)),
  ].toSorted();
}

function bareCapability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}

function pairs(record: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
}

function trimSlash(path: string): string {
  return path.replace(/\/+$/, "");
}
