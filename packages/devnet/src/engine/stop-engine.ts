import { existsSync, rmSync } from "node:fs";
import { ApocError } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";
import { type EngineFolder, engineFolder } from "./engine-folder.ts";
import { askEngine, isAnswering, listIds } from "./engine-socket.ts";
import { removeBridge, removeStrayBridges, restoreFirewall } from "./firewall.ts";
import { unmountBelow } from "./mounts.ts";
import { emptyPodman } from "./podman.ts";
import { endParts, endProcess, enginePid } from "./processes.ts";
import { hasProgram, run } from "./programs.ts";

/**
 * Ends the private engine of a folder and removes its containers, networks, mounts, firewall rules and the folder. Does
 * nothing if there is none. @throws ENGINE_LEFTOVERS
 */
export async function stopEngine(directory: string, say: (text: string) => void): Promise<void> {
  const folder = engineFolder(directory);
  if (!existsSync(folder.path)) return say(`nothing to stop below ${directory}`);
  const kind = folder.read("kind");
  say(`stopping ${kind || "engine"} below ${folder.path}`);
  const bridges = await emptyEngine(folder);
  if (kind === "podman") await emptyPodman(folder);
  const pid = enginePid(folder);
  if (pid !== undefined) await endProcess(pid);
  await endParts(folder);
  await unmountBelow(folder.path);
  for (const bridge of bridges) await removeBridge(bridge);
  if (kind === "docker") await removeStrayBridges();
  await restoreFirewall(folder);
  await removeFolder(folder);
}

/**
 * Removes all objects of a private engine: bridges and firewall rules are removed with their networks only. Returns the
 * bridges of networks that could not be removed.
 */
async function emptyEngine(folder: EngineFolder): Promise<readonly string[]> {
  const socket = folder.socket();
  if (!(await isAnswering(socket))) return [];
  for (const id of await listIds(socket, "/v1.41/containers/json?all=true")) {
    await askEngine(socket, "DELETE", `/v1.41/containers/${id}?force=true&v=true`).catch(() => undefined);
  }
  const bridges: string[] = [];
  for (const id of await listIds(socket, "/v1.41/networks")) {
    const name = `br-${id.slice(0, 12)}`;
    await askEngine(socket, "DELETE", `/v1.41/networks/${id}`).catch(() => bridges.push(name));
  }
  return bridges;
}

async function removeFolder(folder: EngineFolder): Promise<void> {
  const short = folder.shortPath();
  if (short !== folder.path) {
    await unmountBelow(short);
    rmSync(short, { recursive: true, force: true });
  }
  try {
    rmSync(folder.path, { recursive: true, force: true });
  } catch (cause) {
    // Layers of a rootless engine belong to subordinate user ids.
    if (hasProgram("podman")) await run("podman", ["unshare", "rm", "-rf", folder.path]);
    if (existsSync(folder.path)) {
      throw new ApocError(devnetErrors.ENGINE_LEFTOVERS, { field: folder.path, cause });
    }
  }
}
