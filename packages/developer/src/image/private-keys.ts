import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import { terminalErrors } from "@apoc/terminal";
import { importPrivateKey, type PrivateJwk } from "ocicrypt-js";

/** Reads files of private keys. Throws FILE_UNREADABLE, and what {@link importPrivateKey} throws. */
export async function readPrivateKeys(
  ctx: Pick<Context, "cwd" | "ui">,
  files: readonly string[],
): Promise<PrivateJwk[]> {
  const keys: PrivateJwk[] = [];
  for (const file of files) {
    const bytes = await readFile(resolve(ctx.cwd, file)).catch((cause: unknown) => {
      throw new ApocError(terminalErrors.FILE_UNREADABLE, { field: file, cause });
    });
    keys.push(await importPrivateKey(new Uint8Array(bytes), file));
  }
  return keys;
}
