import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { type Context, defineCommand, readFileIfThere } from "@apoc/terminal";
import { decryptKeystore } from "@apoc/terminal/wallet";
import { apocErrors } from "../errors.ts";

/** `apoc wallet import` */
export const command = defineCommand({
  description: `
The key comes from a file: 64 hex digits, or a keystore (version 3), whose old password is asked for or comes from
--old-password-file. Without a file, a terminal asks for the key without showing it.`,
  args: {
    name: { syntax: "<name>", description: "name of the wallet" },
    file: { syntax: "[file]", description: "private key in hex, or a keystore" },
  },
  options: {
    oldPasswordFile: { flags: "--old-password-file <file>", description: "password of the given keystore" },
  },
  examples: [
    { text: "Take over a keystore of another tool", command: "apoc wallet import alice keystore.json" },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const { addWallet } = await import("./add-wallet.ts");
    await addWallet(ctx, args.name, await privateKeyFrom(ctx, args.file, options.oldPasswordFile));
  },
});

async function privateKeyFrom(
  ctx: Context,
  file: string | undefined,
  passwordFile: string | undefined,
): Promise<string> {
  if (file === undefined)
    return normal(await ctx.ui.password("Private key:", { hint: "apoc wallet import NAME FILE" }));
  const text = await readRequired(ctx, file);
  if (!text.trimStart().startsWith("{")) return normal(text);
  const password =
    passwordFile === undefined
      ? await ctx.ui.password(`Password of ${file}:`, { hint: "give the command --old-password-file FILE" })
      : (await readRequired(ctx, passwordFile)).replace(/\r?\n$/, "");
  return decryptKeystore(file, text, password);
}

async function readRequired(ctx: Context, file: string): Promise<string> {
  const text = await readFileIfThere(resolve(ctx.cwd, file), 16_384);
  if (text === undefined) throw new ApocError(apocErrors.KEY_FILE_MISSING, { field: file });
  return text;
}

function normal(text: string): string {
  return `0x${text.trim().replace(/^0x/, "")}`;
}
