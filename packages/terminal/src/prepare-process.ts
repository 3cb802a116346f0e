import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** What makes a start faster. */
export interface Preparation {
  /**
   * Whether compiled code is kept in `$XDG_CACHE_HOME/apoc` and used by the next run. Not for a program that runs inside a
   * guest: there only code that was measured may run, and nobody measured a cache.
   */
  readonly compileCache: boolean;
}

/**
 * Prepares this process for one short command. A command reads few documents: interpreting their schemas takes less time
 * than compiling them first, which pays off in a server only.
 */
export async function prepareProcess({ compileCache }: Preparation): Promise<void> {
  if (compileCache) keepCompiledCode();
  const { config } = await import("zod/v4/core");
  config({ jitless: true });
}

/** `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` come first. Where the folder cannot be written, nothing is kept. */
function keepCompiledCode(): void {
  const base = process.env["XDG_CACHE_HOME"] || join(process.env["HOME"] ?? homedir(), ".cache");
  const folder = join(base, "apoc");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  enableCompileCache(folder);
}
