/** Body of a container's creation. */
export type Body = Record<string, unknown> & { HostConfig: Record<string, unknown> };

/** Changes of a container's creation that an engine, or a proxy before it, could make; by the field that shows them. */
export const engineLies: Readonly<Record<string, (body: Body) => void>> = {
  "HostConfig.Privileged": (body) => (body.HostConfig["Privileged"] = true),
  Capabilities: (body) => (body.HostConfig["CapAdd"] = ["SYS_PTRACE"]),
  "HostConfig.PidMode": (body) => (body.HostConfig["PidMode"] = "host"),
  "HostConfig.IpcMode": (body) => (body.HostConfig["IpcMode"] = "host"),
  "Config.Entrypoint": (body) => (body["Entrypoint"] = ["/bin/sh"]),
  "Config.Cmd": (body) => (body["Cmd"] = ["-c", "cat /www/index.html"]),
  "Config.Env": (body) => (body["Env"] = ["LD_PRELOAD=/x"]),
  "Config.WorkingDir": (body) => (body["WorkingDir"] = "/tmp"),
  "Config.User": (body) => (body["User"] = "1234"),
  Mounts: (body) =>
    (body.HostConfig["Mounts"] = [{ Type: "bind", Source: "/tmp", Target: "/www", ReadOnly: false }]),
  "HostConfig.Memory": (body) => (
    (body.HostConfig["Memory"] = 128 << 20), (body.HostConfig["MemorySwap"] = 128 << 20)
  ),
  "HostConfig.PidsLimit": (body) => (body.HostConfig["PidsLimit"] = 0),
  "HostConfig.SecurityOpt": (body) =>
    (body.HostConfig["SecurityOpt"] = ["no-new-privileges", "seccomp=unconfined"]),
  "HostConfig.Devices": (body) =>
    (body.HostConfig["Devices"] = [
      { PathOnHost: "/dev/null", PathInContainer: "/dev/x", CgroupPermissions: "r" },
    ]),
  "HostConfig.NetworkMode": (body) => (body.HostConfig["NetworkMode"] = "host"),
};
