import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EngineFolder } from "./engine-folder.ts";
import type { Installation } from "./install-packages.ts";
import { launch } from "./launch.ts";
import { hasProgram, isRoot, rootEnvironment, run } from "./programs.ts";

export const podmanInstallation: Installation = {
  program: "podman",
  packages: ["podman", "runc", "conmon", "netavark", "aardvark-dns", "iptables"],
};

/** Starts `podman system service` with its own configuration, data and socket. @throws ENGINE_FAILED */
export async function startPodman(folder: EngineFolder): Promise<void> {
  const env = configure(folder);
  // conmon writes files such as `oom` into its working directory.
  const cwd = join(folder.path, "tmp");
  const args = [...ownPaths(folder), "system", "service", "--time=0", `unix://${folder.socket()}`];
  await launch(folder, { program: "podman", args, env: { ...env, TMPDIR: cwd }, cwd });
}

/** Removes containers and networks, which the service does not take with it, by the command line program. */
export async function emptyPodman(folder: EngineFolder): Promise<void> {
  if (!hasProgram("podman")) return;
  const env = configure(folder);
  await run("podman", [...ownPaths(folder), "rm", "--all", "--force", "--time", "0"], env);
  await run("podman", [...ownPaths(folder), "network", "prune", "--force"], env);
}

/** The private paths, needed on every command line of podman. */
function ownPaths(folder: EngineFolder): readonly string[] {
  return ["--root", join(folder.path, "root"), "--runroot", join(folder.shortPath(), "run")];
}

/** Writes the configuration unless it exists, and returns the environment that selects it. */
function configure(folder: EngineFolder): NodeJS.ProcessEnv {
  const [containers, storage] = ["containers.conf", "storage.conf"].map((name) => join(folder.path, name));
  const runFolder = join(folder.shortPath(), "run");
  if (folder.read("containers.conf") === "") {
    for (const name of ["networks", "tmp", "root", "volumes", "static"]) {
      mkdirSync(join(folder.path, name), { recursive: true });
    }
    mkdirSync(runFolder, { recursive: true });
    folder.write("storage.conf", storageConf(folder, runFolder));
    folder.write("containers.conf", containersConf(folder, runFolder));
  }
  return { ...rootEnvironment(), CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}

function containersConf({ path }: EngineFolder, runFolder: string): string {
  const engine = [
    ...(hasProgram("runc") ? ['runtime = "runc"'] : []),
    // Without systemd as init there are no systemd scopes.
    ...(isRoot() || !existsSync("/run/systemd/system") ? ['cgroup_manager = "cgroupfs"'] : []),
    'events_logger = "file"',
    'lock_type = "file"',
    `tmp_dir = "${runFolder}/libpod"`,
    `static_dir = "${path}/static"`,
    `volume_path = "${path}/volumes"`,
    `image_copy_tmp_dir = "${path}/tmp"`,
  ];
  // Soft and hard limits are equal and below the usual ceiling: raising one needs CAP_SYS_RESOURCE.
  return `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=2048:2048"]
log_driver = "k8s-file"

[engine]
${engine.join("\n")}

[network]
network_backend = "netavark"
network_config_dir = "${path}/networks"
`;
}

function storageConf({ path }: EngineFolder, runFolder: string): string {
  return `[storage]
driver = "overlay"
graphroot = "${path}/root"
runroot = "${runFolder}"
`;
}
