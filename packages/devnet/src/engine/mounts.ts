import { readFileSync } from "node:fs";
import { run } from "./programs.ts";

/** Mount points below a folder, the deepest first, from the text of `/proc/self/mountinfo` (proc(5)). */
export function mountsBelow(mountInfo: string, folder: string): readonly string[] {
  return mountInfo
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll(/\\(\d{3})/g, unescapeOctal))
    .filter((path) => path.startsWith(`${folder}/`))
    .toSorted()
    .toReversed();
}

/** Unmounts everything below a folder, what is in use as soon as it is not. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const path of mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder)) {
    if ((await run("umount", [path])) === undefined) await run("umount", ["-l", path]);
  }
}

function unescapeOctal(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}
