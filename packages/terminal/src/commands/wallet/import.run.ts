import { readFileIfThere } from "@apoc/client/files";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { decryptKeystore } from "@apoc/client/keystore";
import { terminalErrors } from "../../errors.ts";
import { addWallet } from "./add-wallet.ts";

interface Input {
  readonly args: { readonly name: string; readonly file: string | undefined };
  readonly options: { readonly oldPasswordFile: string | undefined };
}

/** Runs `apoc wallet import`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  await addWallet(ctx, args.name, await privateKeyFrom(ctx, args.file, options.oldPasswordFile));
}

async function privateKeyFrom(
  ctx: Context,
  file: string | undefined,
  passwordFile: string | undefined,
): Promise<string> {
  if (file === undefined)
    return normal(
      await ctx.ui.password("Private key:", {
        next: { action: "run", subject: "apoc wallet import NAME FILE" },
      }),
    );
  const text = await readRequired(ctx, file);
  if (!text.trimStart().startsWith("{")) return normal(text);
  const password =
    passwordFile === undefined
      ? await ctx.ui.password(`Password of ${file}:`, {
          next: { action: "give-option", subject: "--old-password-file FILE" },
        })
      : (await readRequired(ctx, passwordFile)).replace(/\r?\n$/, "");
  return decryptKeystore(file, text, password);
}

async function readRequired(ctx: Context, file: string): Promise<string> {
  const text = await readFileIfThere(resolve(ctx.cwd, file), 16_384);
  if (text === undefined) throw new ApocError(terminalErrors.KEY_FILE_MISSING, { field: file });
  return text;
}

function normal(text: string): string {
  return `0x${text.trim().replace(/^0x/, "")}`;
}
