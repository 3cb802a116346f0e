import { z } from "zod";

const strings = z.array(z.string()).nullish();

/** The members of `GET /containers/{id}/json` that are read here; the answer has more. */
export const containerInspection = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    OOMKilled: z.boolean(),
    ExitCode: z.number(),
    StartedAt: z.string(),
  }),
  Mounts: z
    .array(
      z.object({
        Type: z.string(),
        Name: z.string().optional(),
        Source: z.string(),
        Destination: z.string(),
        RW: z.boolean(),
      }),
    )
    .nullish(),
  Config: z.object({
    Env: strings,
    Cmd: strings,
    Entrypoint: z.union([z.string(), z.array(z.string())]).nullish(),
    WorkingDir: z.string().nullish(),
    User: z.string().nullish(),
    Tty: z.boolean().optional(),
    OpenStdin: z.boolean().optional(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Healthcheck: z.object({ Test: strings }).nullish(),
  }),
  HostConfig: z.object({
    NetworkMode: z.string(),
    Privileged: z.boolean(),
    CapAdd: strings,
    CapDrop: strings,
    SecurityOpt: strings,
    IpcMode: z.string(),
    PidMode: z.string(),
    UTSMode: z.string(),
    UsernsMode: z.string(),
    CgroupnsMode: z.string().optional(),
    CgroupParent: z.string().optional(),
    Devices: z.array(z.unknown()).nullish(),
    DeviceCgroupRules: z.array(z.unknown()).nullish(),
    DeviceRequests: z.array(z.unknown()).nullish(),
    VolumesFrom: strings,
    Links: strings,
    GroupAdd: strings,
    Sysctls: z.record(z.string(), z.string()).nullish(),
    Tmpfs: z.record(z.string(), z.string()).nullish(),
    Dns: strings,
    ExtraHosts: strings,
    PortBindings: z
      .record(z.string(), z.array(z.object({ HostIp: z.string().optional() })).nullable())
      .nullish(),
    PublishAllPorts: z.boolean().optional(),
    RestartPolicy: z.object({ Name: z.string() }).nullish(),
    AutoRemove: z.boolean(),
    Memory: z.number(),
    MemorySwap: z.number(),
    NanoCpus: z.number().optional(),
    PidsLimit: z.number().nullish(),
    OomKillDisable: z.boolean().nullish(),
    OomScoreAdj: z.number().optional(),
    Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish(),
    LogConfig: z.object({ Type: z.string(), Config: z.record(z.string(), z.string()).nullish() }).nullish(),
    MaskedPaths: strings,
    ReadonlyPaths: strings,
  }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: z.string() })).nullish(),
    Ports: z
      .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
      .nullish(),
  }),
});

export type ContainerInspection = z.infer<typeof containerInspection>;

/** What only podman's own API tells: the capabilities in the container's specification, and its log driver. */
export const podmanInspection = z.object({
  EffectiveCaps: strings,
  BoundingCaps: strings,
  HostConfig: z.object({ LogConfig: z.object({ Type: z.string(), Size: z.string().optional() }) }),
});

export type PodmanInspection = z.infer<typeof podmanInspection>;

const listedPorts = z.array(
  z.object({ IP: z.string().optional(), PrivatePort: z.number(), PublicPort: z.number().optional() }),
);

export type ListedPorts = z.infer<typeof listedPorts>;

/** One line of `GET /containers/json`. */
export const containerList = z.array(
  z.object({
    Id: z.string(),
    Names: strings,
    State: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: listedPorts.nullish(),
    NetworkSettings: z
      .object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })).nullish() })
      .nullish(),
  }),
);

/** One line of `GET /networks`, and, in lower case, of podman's own list. */
export const networkList = z.array(
  z.union([
    z.object({ Id: z.string(), Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
    z
      .object({ id: z.string(), name: z.string(), labels: z.record(z.string(), z.string()).nullish() })
      .transform(({ id, name, labels }) => ({ Id: id, Name: name, Labels: labels })),
  ]),
);

/** Part of `GET /libpod/networks/{name}/json`. */
export const podmanNetwork = z.object({
  driver: z.string(),
  options: z.record(z.string(), z.string()).nullish(),
});

/** Part of `GET /networks/{name}`. */
export const dockerNetwork = z.object({
  Driver: z.string(),
  Options: z.record(z.string(), z.string()).nullish(),
});
