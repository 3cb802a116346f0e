import { dirname, resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { readFileIfThere } from "@apoc/client/files";
import { parse as parseYaml } from "yaml";
import { providerErrors } from "../errors.ts";
import { type ProviderConfig, providerConfigSchema } from "./schema.ts";

/**
 * Reads provider.yaml; paths in it become absolute, relative to its folder.
 * @throws CONFIG_MISSING, CONFIG_INVALID naming the field
 */
export async function loadProviderConfig(path: string): Promise<ProviderConfig> {
  const text = await readFileIfThere(path, 256 * 1024);
  if (text === undefined) {
    throw new ApocError(providerErrors.CONFIG_MISSING, {
      field: path,
      next: { action: "create-provider-config", subject: path },
    });
  }
  return parseProviderConfig(text, path);
}

/** The same for text at hand; `path` is named in errors and is what paths are relative to. @throws CONFIG_INVALID */
export function parseProviderConfig(text: string, path: string): ProviderConfig {
  let document: unknown;
  try {
    document = parseYaml(text, { schema: "core", uniqueKeys: true, maxAliasCount: 0 });
  } catch (cause) {
    throw new ApocError(providerErrors.CONFIG_INVALID, {
      field: path,
      expected: "YAML",
      detail: cause instanceof Error ? cause.message : undefined,
      cause,
    });
  }
  const result = providerConfigSchema.safeParse(document ?? {});
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    throw new ApocError(providerErrors.CONFIG_INVALID, {
      field: [...issue.path.map(String), ...unknown].join(".") || path,
      detail: issue.message,
      next: { action: "check-provider-config", subject: path },
    });
  }
  const absolute = (entry: string) => resolve(dirname(path), entry);
  const { engine, attester, dataDir, ...rest } = result.data;
  return {
    ...rest,
    dataDir: absolute(dataDir),
    engine: engine.socket === undefined ? {} : { socket: absolute(engine.socket) },
    ...(attester === undefined
      ? {}
      : {
          attester:
            attester.development === undefined ? attester : { development: absolute(attester.development) },
        }),
  };
}
