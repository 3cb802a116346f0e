import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineFolder } from "./engine-folder.ts";

/** Programs that an engine starts, which keep running when it is killed. */
const engineParts =
  /^(containerd|containerd-shim.*|docker-proxy|conmon|aardvark-dns|slirp4netns|rootlessport|dockerd|podman)$/;

/** A process as /proc shows it. */
interface Process {
  readonly pid: number;
  readonly name: string;
  readonly words: readonly string[];
}

/** All processes of the machine but this one. */
function processes(): readonly Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => readProcess(Number(entry)) ?? []);
}

function readProcess(pid: number): Process | undefined {
  const name = readText(`/proc/${pid}/comm`).trim();
  return name === "" ? undefined : { pid, name, words: readText(`/proc/${pid}/cmdline`).split("\0") };
}

/** Whether a command line names a path in one of the folders: as an argument, an option's value or a URL. */
export function namesFolder(words: readonly string[], folders: readonly string[]): boolean {
  return words.some((word) =>
    folders.some((folder) => {
      const at = word.indexOf(`${folder}/`);
      return at === 0 || (at > 0 && (word[at - 1] === "=" || word.slice(0, at).endsWith("://")));
    }),
  );
}

/** Process id of the folder's engine; `undefined` if it has ended, even if its number was reused. */
export function enginePid(folder: EngineFolder): number | undefined {
  const found = readProcess(Number(folder.read("engine.pid") || Number.NaN));
  return found !== undefined && namesFolder(found.words, [folder.path, folder.shortPath()])
    ? found.pid
    : undefined;
}

/** Whether a process of this name runs on the machine. */
export function isRunning(program: string): boolean {
  return processes().some(({ name }) => name === program);
}

/** Ends a process with SIGTERM, and with SIGKILL after ten seconds. */
export async function endProcess(pid: number): Promise<void> {
  signal(pid, "SIGTERM");
  for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i++) await sleep(100);
  signal(pid, "SIGKILL");
}

/** Ends the programs that the folder's engine has started, including those in containers. */
export async function endParts(folder: EngineFolder): Promise<void> {
  for (const pid of inContainers(folder)) signal(pid, "SIGKILL");
  const folders = [folder.path, folder.shortPath()];
  const parts = () =>
    processes().filter(({ name, words }) => engineParts.test(name) && namesFolder(words, folders));
  for (const kind of ["SIGTERM", "SIGKILL"] as const) {
    for (const { pid } of parts()) signal(pid, kind);
    if (parts().length > 0) await sleep(500);
  }
}

/** Processes in the control group of a container of this folder; their command lines do not name it. */
function inContainers({ path }: EngineFolder): readonly number[] {
  const ids = list(`${path}/root/containers`).filter((name) => /^[0-9a-f]{64}$/.test(name));
  return processes()
    .map(({ pid }) => pid)
    .filter((pid) => ids.some((id) => readText(`/proc/${pid}/cgroup`).includes(id)));
}

function list(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function signal(pid: number, kind: NodeJS.Signals): void {
  try {
    process.kill(pid, kind);
  } catch {
    // It has ended by itself.
  }
}
