import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileErrors } from "@apoc/client/files";
import { ApocError, isApocError } from "@apoc/errors";
import { type Context } from "@apoc/terminal";
import { importPrivateKey, ocicryptErrors, type PrivateJwk } from "ocicrypt-js";

/**
 * Reads files of private keys. The passphrase of a protected one is the first line of `passphraseFile`, or is asked.
 * @throws FILE_UNREADABLE, INPUT_NEEDED, and what `importPrivateKey` throws
 */
export async function readPrivateKeys(
  ctx: Pick<Context, "cwd" | "ui">,
  files: readonly string[],
  passphraseFile?: string,
): Promise<PrivateJwk[]> {
  const given = passphraseFile === undefined ? undefined : await read(ctx.cwd, passphraseFile);
  const passphrase = given === undefined ? undefined : new TextDecoder().decode(given).split(/\r?\n/)[0];
  const keys: PrivateJwk[] = [];
  for (const file of files) {
    const bytes = await read(ctx.cwd, file);
    keys.push(
      await importPrivateKey(bytes, file, { passphrase }).catch(async (error: unknown) => {
        if (passphrase !== undefined || !isApocError(error, ocicryptErrors.KEY_PASSPHRASE)) throw error;
        const asked = await ctx.ui.password(`Passphrase of ${file}`, {
          next: { action: "give-passphrase" },
        });
        return importPrivateKey(bytes, file, { passphrase: asked });
      }),
    );
  }
  return keys;
}

async function read(cwd: string, file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(resolve(cwd, file)));
  } catch (cause) {
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: file, cause });
  }
}
