import { resolve } from "node:path";
import { keystoreErrors } from "@apoc/client/keystore";
import { ApocError } from "@apoc/errors";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import { fileErrors, readFileIfThere } from "@apoc/client/files";

type PasswordContext = Pick<Context, "flags" | "ui" | "io" | "cwd">;

/** Password of an existing wallet: from `--password-file` (`-` is stdin), or asked. Throws WALLET_PASSWORD_NEEDED. */
export async function readPassword(ctx: PasswordContext, wallet: string): Promise<string> {
  const given = await passwordFromFile(ctx);
  if (given !== undefined) return given;
  if (!ctx.ui.interactive) throw needed(wallet);
  return ctx.ui.password(`Password of wallet ${wallet}:`);
}

/** Password of a new wallet: the same, asked twice. Throws WALLET_PASSWORD_NEEDED, WALLET_PASSWORD_WRONG. */
export async function chooseNewPassword(ctx: PasswordContext, wallet: string): Promise<string> {
  const given = await passwordFromFile(ctx);
  if (given === "") throw emptyPassword(wallet);
  if (given !== undefined) return given;
  if (!ctx.ui.interactive) throw needed(wallet);
  const first = await ctx.ui.password(`New password of wallet ${wallet}:`);
  if (first === "") throw emptyPassword(wallet);
  if (first === (await ctx.ui.password("The same again:"))) return first;
  throw new ApocError(keystoreErrors.WALLET_PASSWORD_WRONG, {
    field: wallet,
    detail: "The two passwords differ.",
  });
}

async function passwordFromFile({ flags, io, cwd }: PasswordContext): Promise<string | undefined> {
  const path = flags.passwordFile;
  if (path === undefined) return undefined;
  const text = path === "-" ? await readAll(io.stdin) : await readFileIfThere(resolve(cwd, path), 4096);
  if (text === undefined)
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: path, detail: "There is no such file." });
  return text.replace(/\r?\n$/, "");
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += chunk.toString();
    if (text.length > 4096)
      throw new ApocError(fileErrors.FILE_UNREADABLE, { field: "stdin", expected: "at most 4096 bytes" });
  }
  return text;
}

/** Without a password the file would be the key in clear. */
function emptyPassword(wallet: string): ApocError {
  return new ApocError(terminalErrors.WALLET_PASSWORD_NEEDED, {
    field: wallet,
    expected: "at least one character",
    actual: "an empty password",
    next: { action: "create-wallet", subject: wallet },
  });
}

function needed(wallet: string): ApocError {
  return new ApocError(terminalErrors.WALLET_PASSWORD_NEEDED, {
    field: wallet,
    next: { action: "give-password" },
  });
}
