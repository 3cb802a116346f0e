import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Programs that can be a private engine. */
export type EngineKind = "podman" | "docker";

/** Longest path for sockets and run-time state: a unix socket's path is limited to 107 bytes, podman's run root to 50. */
const longestFolder = 46;

/** The folder of a private engine: data, sockets, configuration, pid and log. */
export interface EngineFolder {
  /** `engine` below the folder that the user named. */
  readonly path: string;
  readonly log: string;
  /** Text of a file in the folder, empty where there is none. */
  read(name: string): string;
  write(name: string, text: string): void;
  /**
   * Folder for sockets and run-time state: the folder itself, or if its path is too long, a temporary folder that is
   * removed with it.
   */
  shortPath(): string;
  /** Socket on which the engine answers. */
  socket(): string;
}

/** The engine's folder below `directory`; creates nothing. */
export function engineFolder(directory: string): EngineFolder {
  const path = join(resolve(directory), "engine");
  const read = (name: string) => {
    try {
      return readFileSync(join(path, name), "utf8").trim();
    } catch {
      return "";
    }
  };
  const write = (name: string, text: string) => writeFileSync(join(path, name), text);
  const shortPath = () => {
    if (Buffer.byteLength(path) <= longestFolder) return path;
    const known = read("short-dir");
    if (known !== "") return known;
    const made = mkdtempSync(join(tmpdir(), "apoc-engine."));
    write("short-dir", made);
    return made;
  };
  return {
    path,
    log: join(path, "engine.log"),
    read,
    write,
    shortPath,
    socket: () => join(shortPath(), "engine.sock"),
  };
}
