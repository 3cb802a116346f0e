import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Folders of administration programs, which may be missing on the PATH. */
const rootFolders = ["/usr/sbin", "/sbin"];

/** The environment with those folders on the PATH. */
export function rootEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [process.env["PATH"] ?? "", ...rootFolders].join(":") };
}

/** Whether a program is installed. */
export function hasProgram(name: string): boolean {
  const folders = (rootEnvironment().PATH ?? "").split(":").filter((folder) => folder !== "");
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program without a shell and returns its output; `undefined` if it fails. */
export async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = rootEnvironment(),
): Promise<string | undefined> {
  try {
    return (await execute(program, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch {
    return undefined;
  }
}

/** Whether this process runs as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
