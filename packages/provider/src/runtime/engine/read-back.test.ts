import { readFileSync } from "node:fs";
import { isApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import type { ImageConfig } from "@apoc/oci";
import { containerLimits, pauseLimits, type ContainerPlan } from "./container-body.ts";
import type { EngineInfo } from "./engine-socket.ts";
import {
  containerInspection,
  podmanInspection,
  type ContainerInspection,
  type PodmanInspection,
} from "./inspection.ts";
import { pauseImage } from "./pause-image.ts";
import { compareContainer } from "./read-back.ts";

/** What both engines really answered for one pod, reduced to the members that are read. */
function recorded(name: "docker" | "podman") {
  const path = new URL(`./testdata/${name}-inspection.json`, import.meta.url);
  const found = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const native = (role: string) =>
    name === "podman" ? podmanInspection.parse(found[`${role}Native`]) : undefined;
  return {
    container: containerInspection.parse(found["container"]),
    containerNative: native("container"),
    pause: containerInspection.parse(found["pause"]),
    pauseNative: native("pause"),
    imageConfig: found["imageConfig"] as ImageConfig,
  };
}

const engineOf = (name: "docker" | "podman"): EngineInfo => ({
  name,
  version: "1",
  socket: "/s",
  rootless: false,
  architecture: "amd64",
  apiPrefix: "/v1.41",
  swapLimit: true,
  reachable: true,
});

const identity = { pod: `0x${"ab".repeat(32)}`, generation: 1, attempt: 1 } as const;

function containerPlan(name: "docker" | "podman"): ContainerPlan {
  const { container, imageConfig } = recorded(name);
  return {
    ...containerLimits,
    ownership: { ...identity, role: "container", container: "main" },
    imageConfig,
    imageId: container.Image,
    cmd: ["sleep 100"],
    env: [{ name: "ADDED", value: "a=b" }],
    mounts: [{ hostPath: "/srv", mountPath: "/data", readOnly: true }],
    cpuMillis: 250,
    memoryBytes: 64 * 1024 * 1024,
    networkMode: container.HostConfig.NetworkMode,
    hostAliases: [],
    publishedPorts: [],
  };
}

const engines = ["docker", "podman"] as const;

test.each(engines)("what %s really makes of a plan equals the plan", async (name) => {
  const { container, containerNative, pause, pauseNative } = recorded(name);
  compareContainer(containerPlan(name), engineOf(name), "fixture", container, containerNative);
  const pausePlan: ContainerPlan = {
    ...pauseLimits,
    ownership: { ...identity, role: "pause", container: "" },
    imageConfig: (await pauseImage("amd64")).parsedConfig,
    imageId: pause.Image,
    env: [],
    mounts: [],
    networkMode: "apoc-abababababababababab-1-1",
    hostAliases: ["main"],
    publishedPorts: [8080],
  };
  compareContainer(pausePlan, engineOf(name), "fixture", pause, pauseNative);
  const elsewhere = structuredClone(pause);
  elsewhere.NetworkSettings.Networks = { ...elsewhere.NetworkSettings.Networks, other: { IPAddress: "" } };
  expect(mismatch(() => compareContainer(pausePlan, engineOf(name), "fixture", elsewhere, pauseNative))).toBe(
    "pause.Networks",
  );
  const public_ = structuredClone(pause);
  public_.HostConfig.PortBindings = { "8080/tcp": [{ HostIp: "0.0.0.0" }] };
  expect(mismatch(() => compareContainer(pausePlan, engineOf(name), "fixture", public_, pauseNative))).toBe(
    "pause.HostConfig.PortBindings",
  );
});

type Falsify = (found: ContainerInspection, native: PodmanInspection | undefined) => unknown;

/** One lie for each compared field. */
const lies: Record<string, Falsify> = {
  Image: (found) => (found.Image = `sha256:${"0".repeat(64)}`),
  "Config.Entrypoint": ({ Config }) => (Config.Entrypoint = ["/bin/sh"]),
  "Config.Cmd": ({ Config }) => (Config.Cmd = ["cat /secret"]),
  "Config.Env": ({ Config }) => (Config.Env = [...(Config.Env ?? []), "LD_PRELOAD=/data/x.so"]),
  "Config.WorkingDir": ({ Config }) => (Config.WorkingDir = "/data"),
  "Config.User": ({ Config }) => (Config.User = "0"),
  "Config.Tty": ({ Config }) => (Config.Tty = true),
  "Config.OpenStdin": ({ Config }) => (Config.OpenStdin = true),
  "Config.Healthcheck": ({ Config }) => (Config.Healthcheck = { Test: ["CMD", "/data/evil"] }),
  "Config.Labels": ({ Config }) => (Config.Labels = { ...Config.Labels, "network.apocryph.pod": "0x00" }),
  Mounts: (found) => found.Mounts?.push({ Type: "bind", Source: "/", Destination: "/host", RW: true }),
  "HostConfig.Tmpfs": ({ HostConfig }) => (HostConfig.Tmpfs = { "/bin": "" }),
  "HostConfig.VolumesFrom": ({ HostConfig }) => (HostConfig.VolumesFrom = ["other"]),
  "HostConfig.Privileged": ({ HostConfig }) => (HostConfig.Privileged = true),
  Capabilities: ({ HostConfig }, native) => {
    HostConfig.CapAdd = ["CAP_SYS_ADMIN"];
    if (native !== undefined) native.BoundingCaps = ["CAP_SYS_ADMIN"];
  },
  "HostConfig.SecurityOpt": ({ HostConfig }) =>
    (HostConfig.SecurityOpt = ["no-new-privileges", "seccomp=unconfined"]),
  "HostConfig.NetworkMode": ({ HostConfig }) => (HostConfig.NetworkMode = "host"),
  "HostConfig.PortBindings": ({ HostConfig }) =>
    (HostConfig.PortBindings = { "80/tcp": [{ HostIp: "0.0.0.0" }] }),
  "HostConfig.PublishAllPorts": ({ HostConfig }) => (HostConfig.PublishAllPorts = true),
  "HostConfig.Links": ({ HostConfig }) => (HostConfig.Links = ["other:other"]),
  "HostConfig.Dns": ({ HostConfig }) => (HostConfig.Dns = ["192.0.2.1"]),
  "HostConfig.ExtraHosts": ({ HostConfig }) => (HostConfig.ExtraHosts = ["db:192.0.2.1"]),
  "HostConfig.IpcMode": ({ HostConfig }) => (HostConfig.IpcMode = "host"),
  "HostConfig.PidMode": ({ HostConfig }) => (HostConfig.PidMode = "container:other"),
  "HostConfig.UTSMode": ({ HostConfig }) => (HostConfig.UTSMode = "host"),
  "HostConfig.UsernsMode": ({ HostConfig }) => (HostConfig.UsernsMode = "host"),
  "HostConfig.CgroupnsMode": ({ HostConfig }) => (HostConfig.CgroupnsMode = "host"),
  "HostConfig.CgroupParent": ({ HostConfig }) => (HostConfig.CgroupParent = "/other"),
  "HostConfig.Devices": ({ HostConfig }) => (HostConfig.Devices = [{ PathOnHost: "/dev/kvm" }]),
  "HostConfig.DeviceCgroupRules": ({ HostConfig }) => (HostConfig.DeviceCgroupRules = ["c *:* rwm"]),
  "HostConfig.DeviceRequests": ({ HostConfig }) => (HostConfig.DeviceRequests = [{ Count: -1 }]),
  "HostConfig.GroupAdd": ({ HostConfig }) => (HostConfig.GroupAdd = ["0"]),
  "HostConfig.Sysctls": ({ HostConfig }) => (HostConfig.Sysctls = { "kernel.msgmax": "1" }),
  "HostConfig.RestartPolicy": ({ HostConfig }) => (HostConfig.RestartPolicy = { Name: "always" }),
  "HostConfig.AutoRemove": ({ HostConfig }) => (HostConfig.AutoRemove = true),
  "HostConfig.Memory": ({ HostConfig }) => (HostConfig.Memory = 0),
  "HostConfig.MemorySwap": ({ HostConfig }) => (HostConfig.MemorySwap = -1),
  "HostConfig.NanoCpus": ({ HostConfig }) => (HostConfig.NanoCpus = 0),
  "HostConfig.PidsLimit": ({ HostConfig }) => (HostConfig.PidsLimit = 0),
  "HostConfig.OomKillDisable": ({ HostConfig }) => (HostConfig.OomKillDisable = true),
  "HostConfig.OomScoreAdj": ({ HostConfig }) => (HostConfig.OomScoreAdj = -1000),
  "HostConfig.Ulimits": ({ HostConfig }) => (HostConfig.Ulimits = []),
  "HostConfig.LogConfig": ({ HostConfig }, native) => {
    HostConfig.LogConfig = { Type: "syslog" };
    if (native !== undefined) native.HostConfig.LogConfig = { Type: "journald" };
  },
};

/** Podman's compatible API does not report these. */
const dockerOnly: Record<string, Falsify> = {
  "HostConfig.MaskedPaths": ({ HostConfig }) => (HostConfig.MaskedPaths = []),
  "HostConfig.ReadonlyPaths": ({ HostConfig }) => (HostConfig.ReadonlyPaths = null),
};

const cases = engines.flatMap((name) =>
  Object.entries({ ...lies, ...(name === "docker" ? dockerOnly : {}) }).map(([field, lie]) => ({
    name,
    field,
    lie,
  })),
);

test.each(cases)("$name: a false $field is refused by that name", ({ name, field, lie }) => {
  const { container, containerNative } = recorded(name);
  lie(container, containerNative);
  expect(
    mismatch(() =>
      compareContainer(containerPlan(name), engineOf(name), "fixture", container, containerNative),
    ),
  ).toBe(`main.${field}`);
});

test("variables that podman adds pass with podman's values only, and never on docker", () => {
  for (const entry of ["PATH=/data:/bin", "TERM=evil", "container=docker", "LD_LIBRARY_PATH=/data"]) {
    const { container, containerNative } = recorded("podman");
    const name = entry.split("=")[0];
    container.Config.Env = [
      ...(container.Config.Env ?? []).filter((each) => each.split("=")[0] !== name),
      entry,
    ];
    expect(
      mismatch(() =>
        compareContainer(containerPlan("podman"), engineOf("podman"), "fixture", container, containerNative),
      ),
    ).toBe("main.Config.Env");
  }
  const { container } = recorded("docker");
  container.Config.Env?.push("TERM=xterm");
  expect(
    mismatch(() => compareContainer(containerPlan("docker"), engineOf("docker"), "fixture", container)),
  ).toBe("main.Config.Env");
});

test("a named volume, or one where the image declares none, is no anonymous volume of the image", () => {
  for (const volume of [
    { Type: "volume", Name: "shared", Source: "/v", Destination: "/cache", RW: true },
    { Type: "volume", Name: "f".repeat(64), Source: "/v", Destination: "/bin", RW: true },
  ]) {
    const { container } = recorded("docker");
    container.Mounts = [...(container.Mounts ?? []).filter(({ Type }) => Type === "bind"), volume];
    expect(
      mismatch(() => compareContainer(containerPlan("docker"), engineOf("docker"), "fixture", container)),
    ).toBe("main.Mounts");
  }
});

function mismatch(compare: () => void): unknown {
  try {
    compare();
    return "equal";
  } catch (error) {
    return isApocError(error, providerErrors.READBACK_MISMATCH) ? error.field : error;
  }
}
