import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { terminalErrors } from "../errors.ts";
import { readFileIfThere, writeFileAtomic } from "@apoc/client/files";
import { withFileLock } from "../files/file-lock.ts";
import type { Config } from "./config.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The configuration file and the folders of this user. */
export interface ConfigStore {
  /** `--config-dir`, `$APOC_CONFIG_DIR`, or `$XDG_CONFIG_HOME/apoc`. Holds config.yaml and wallets/. */
  readonly directory: string;
  /** `$APOC_DATA_DIR` or `$XDG_DATA_HOME/apoc`. Holds records, sealed keys and state. */
  readonly dataDirectory: string;
  /** Path of config.yaml. */
  readonly path: string;
  /** Reads and checks the file; an absent one is the empty configuration. Throws CONFIG_INVALID, FILE_UNREADABLE. */
  readonly load: () => Promise<Config>;
  /** Reads, changes, checks and writes the file (mode 0600) as a whole; two processes at once do it in turn. */
  readonly update: (change: (config: Config) => Config) => Promise<Config>;
}

export function openConfig(
  env: Env,
  flags: { readonly configDir?: string | undefined },
  cwd: string,
): ConfigStore {
  const home = env["HOME"] ?? homedir();
  const base = (variable: string, fallback: string) => join(env[variable] || join(home, fallback), "apoc");
  const directory = resolve(
    cwd,
    flags.configDir || env["APOC_CONFIG_DIR"] || base("XDG_CONFIG_HOME", ".config"),
  );
  const dataDirectory = resolve(cwd, env["APOC_DATA_DIR"] || base("XDG_DATA_HOME", ".local/share"));
  const path = join(directory, "config.yaml");
  const load = async () => parse(path, (await readFileIfThere(path)) ?? "");
  return {
    directory,
    dataDirectory,
    path,
    load,
    async update(change) {
      const { stringify } = await import("yaml");
      return withFileLock(`${path}.lock`, async () => {
        const text = stringify(change(await load()), { aliasDuplicateObjects: false });
        const checked = await parse(path, text);
        await writeFileAtomic(path, text);
        return checked;
      });
    },
  };
}

/** yaml and zod are loaded when a file is read: help needs neither. */
async function parse(path: string, text: string): Promise<Config> {
  const [{ parse: parseYaml }, { configSchema }] = await Promise.all([import("yaml"), import("./schema.ts")]);
  let document: unknown;
  try {
    document = parseYaml(text, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw new ApocError(terminalErrors.CONFIG_INVALID, {
      field: path,
      detail: String((error as Error).message),
      cause: error,
    });
  }
  const checked = configSchema.safeParse(document);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw new ApocError(terminalErrors.CONFIG_INVALID, {
    field: `${path}: ${issue?.path.join(".") || "(whole file)"}`,
    detail: issue?.message,
  });
}
