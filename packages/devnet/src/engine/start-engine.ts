import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dockerInstallation, startDockerd } from "./dockerd.ts";
import { engineFolder, type EngineKind } from "./engine-folder.ts";
import { isAnswering } from "./engine-socket.ts";
import { ensureInstalled } from "./install-packages.ts";
import { podmanInstallation, startPodman } from "./podman.ts";
import { enginePid } from "./processes.ts";
import { hasProgram, isRoot } from "./programs.ts";
import { stopEngine } from "./stop-engine.ts";

export interface StartEngineOptions {
  /** The engine keeps everything in its subfolder `engine`. */
  readonly directory: string;
  readonly kind: EngineKind;
  /** Whether packages may be installed. */
  readonly install: boolean;
  /** Receives progress messages. */
  readonly say: (text: string) => void;
}

/** The private engine of a folder, if it runs and answers. */
export async function runningEngine(
  directory: string,
): Promise<{ readonly kind: string; readonly socket: string } | undefined> {
  const folder = engineFolder(directory);
  if (!existsSync(folder.path) || enginePid(folder) === undefined) return undefined;
  return (await isAnswering(folder.socket()))
    ? { kind: folder.read("kind"), socket: folder.socket() }
    : undefined;
}

/** The kind of engine to start: podman, unless only Docker is installed and this is root. */
export function availableKind(): EngineKind {
  if (hasProgram("podman")) return "podman";
  return isRoot() && hasProgram("dockerd") ? "docker" : "podman";
}

/**
 * Starts a private engine and returns its socket. Leftovers of a killed engine in the folder are removed first.
 * @throws ENGINE_MISSING, ENGINE_INSTALL, ENGINE_NEEDS_ROOT, ENGINE_FAILED, ENGINE_LEFTOVERS
 */
export async function startEngine({ directory, kind, install, say }: StartEngineOptions): Promise<string> {
  const folder = engineFolder(directory);
  if (existsSync(folder.path)) {
    say("cleaning up after an engine that is gone");
    await stopEngine(directory, say);
  }
  mkdirSync(folder.path, { recursive: true });
  chmodSync(folder.path, 0o700);
  folder.write("kind", kind);
  await ensureInstalled(kind === "podman" ? podmanInstallation : dockerInstallation, install, say);
  rmSync(folder.socket(), { force: true });
  say(`starting ${kind} below ${folder.path}`);
  await (kind === "podman" ? startPodman(folder) : startDockerd(folder));
  return folder.socket();
}
