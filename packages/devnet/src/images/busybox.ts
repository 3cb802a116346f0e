import { open } from "node:fs/promises";
import { join } from "node:path";
import { ApocError, type NextStep } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";

const next: NextStep = { action: "install-busybox" };

/**
 * Path of a busybox that runs in an image without any library: `APOC_BUSYBOX`, then `busybox` in `toolsDir`, then
 * the system's. A named one that is dynamic or foreign throws `BUSYBOX_NOT_STATIC`; none at all `BUSYBOX_MISSING`.
 */
export async function findBusybox(toolsDir?: string): Promise<string> {
  const named = process.env["APOC_BUSYBOX"];
  if (named !== undefined && named !== "") {
    if (await isStaticExecutable(named)) return named;
    throw new ApocError(devnetErrors.BUSYBOX_NOT_STATIC, { field: "APOC_BUSYBOX", actual: named, next });
  }
  const candidates = [
    ...(toolsDir === undefined ? [] : [join(toolsDir, "busybox")]),
    "/bin/busybox",
    "/usr/bin/busybox",
  ];
  for (const path of candidates) if (await isStaticExecutable(path)) return path;
  throw new ApocError(devnetErrors.BUSYBOX_MISSING, { field: candidates.join(", "), next });
}

const machines: Partial<Record<NodeJS.Architecture, number>> = { x64: 62, arm64: 183 };

/** Whether the file is an ELF executable of this machine with no program interpreter (ELF specification, PT_INTERP). */
export async function isStaticExecutable(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return false;
    if (head.readUInt16LE(18) !== machines[process.arch]) return false;
    const start = Number(head.readBigUInt64LE(32));
    const size = head.readUInt16LE(54);
    const count = head.readUInt16LE(56);
    if (start + size * count > bytesRead) return false;
    for (let index = 0; index < count; index++) {
      const isInterpreter = head.readUInt32LE(start + index * size) === 3;
      if (isInterpreter) return false;
    }
    return count > 0;
  } finally {
    await file.close();
  }
}
