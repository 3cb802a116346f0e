import { ApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import type { KeyProvider, UnwrapOptions, WrapOptions } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";
import { readPrivateKeys } from "./private-keys.ts";
import { readRecipient } from "./recipients.ts";

type Place = Pick<Context, "cwd" | "ui" | "env">;

/**
 * Understands `--recipient` and `--add`: `jwe:FILE`, or `provider:NAME[:PARAMETER]` for a key provider that the file of
 * `$OCICRYPT_KEYPROVIDER_CONFIG` names.
 * @throws RECIPIENT_INVALID, KEY_PROVIDER_CONFIG, and what reading keys throws
 */
export async function readWrapOptions(ctx: Place, names: readonly string[]): Promise<WrapOptions> {
  const { others, providers } = await splitProviders(ctx, names);
  const recipients = await Promise.all(others.map((text) => readRecipient(text, ctx.cwd)));
  return { recipients, providers };
}

/**
 * Understands `--key`: a file with a private key, or `provider:NAME[:PARAMETER]`.
 * @throws KEY_PROVIDER_CONFIG, and what reading keys throws
 */
export async function readUnwrapOptions(
  ctx: Place,
  names: readonly string[],
  passphraseFile?: string,
): Promise<UnwrapOptions> {
  const { others, providers } = await splitProviders(ctx, names);
  return { keys: await readPrivateKeys(ctx, others, passphraseFile), providers };
}

async function splitProviders(
  ctx: Place,
  names: readonly string[],
): Promise<{ others: string[]; providers: KeyProvider[] }> {
  const others = names.filter((name) => !name.startsWith("provider:"));
  const asked = names.filter((name) => name.startsWith("provider:"));
  if (asked.length === 0) return { others, providers: [] };
  const { configVariable, createKeyProvider, readKeyProviderConfig } = await import(
    "ocicrypt-js/keyprovider"
  );
  const config = await readKeyProviderConfig(ctx.env[configVariable] ?? "");
  const providers = asked.map((text) => {
    const [, name = "", parameter] = /^provider:([^:]*)(?::(.*))?$/s.exec(text) ?? [];
    const attributes = config[name];
    if (attributes === undefined) {
      throw new ApocError(developerErrors.RECIPIENT_INVALID, {
        field: text,
        expected: `a provider of $${configVariable}: ${Object.keys(config).join(", ") || "none is there"}`,
        actual: name,
      });
    }
    return createKeyProvider(name, attributes, parameter === undefined ? {} : { parameters: [parameter] });
  });
  return { others, providers };
}
