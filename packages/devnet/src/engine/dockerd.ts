import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";
import type { EngineFolder } from "./engine-folder.ts";
import { dockerAddresses, noteFirewall } from "./firewall.ts";
import type { Installation } from "./install-packages.ts";
import { launch } from "./launch.ts";
import { isRoot, rootEnvironment } from "./programs.ts";

export const dockerInstallation: Installation = { program: "dockerd", packages: ["docker.io", "iptables"] };

/** Starts dockerd with its own data, socket and address range. @throws ENGINE_NEEDS_ROOT, ENGINE_FAILED */
export async function startDockerd(folder: EngineFolder): Promise<void> {
  if (!isRoot()) throw new ApocError(devnetErrors.ENGINE_NEEDS_ROOT, { field: "dockerd" });
  const tmp = join(folder.path, "tmp");
  mkdirSync(tmp, { recursive: true });
  rmSync(join(folder.path, "dockerd.pid"), { force: true });
  await noteFirewall(folder);
  folder.write("daemon.json", "{}\n");
  const options = {
    "config-file": join(folder.path, "daemon.json"),
    "data-root": join(folder.path, "root"),
    "exec-root": join(folder.shortPath(), "run"),
    pidfile: join(folder.path, "dockerd.pid"),
    host: `unix://${folder.socket()}`,
    // It would be the docker0 of another dockerd. Pods always get their own network.
    bridge: "none",
    iptables: "true",
    ip6tables: "false",
    "default-address-pool": `base=${dockerAddresses}.0.0/16,size=24`,
    "exec-opt": "native.cgroupdriver=cgroupfs",
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const env = { ...rootEnvironment(), DOCKER_TMPDIR: tmp };
  await launch(folder, { program: "dockerd", args, env, cwd: folder.path });
}
