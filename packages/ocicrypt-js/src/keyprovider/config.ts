import { readFile } from "node:fs/promises";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { parseStrictObject, unknownKeys } from "../strict-object.ts";
import { isLocal, parseGrpcAddress } from "./address.ts";

/** TLS of a gRPC provider, with the file names of `grpc-tls` in ocicrypt 1.3. */
export interface GrpcTls {
  /** PEM; the system's authorities when left out. */
  readonly rootCaFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
}

/** How one key provider is reached. */
export type KeyProviderAttributes =
  | { readonly cmd: { readonly path: string; readonly args: readonly string[] } }
  | { readonly grpc: string; readonly tls?: GrpcTls };

/** By provider name. */
export type KeyProviderConfig = Readonly<Record<string, KeyProviderAttributes>>;

/** Environment variable that names the file, as in ocicrypt. */
export const configVariable = "OCICRYPT_KEYPROVIDER_CONFIG";

/**
 * Reads `ocicrypt_keyprovider.conf`: `{"key-providers": {"NAME": {"cmd": {"path", "args"}} | {"grpc": "HOST:PORT"}}}`.
 * Stricter than ocicrypt: unknown members, both `cmd` and `grpc`, and layer keys in clear over a network are refused.
 * @throws KEY_PROVIDER_CONFIG
 */
export function parseKeyProviderConfig(bytes: Uint8Array): KeyProviderConfig {
  let root: Record<string, unknown>;
  try {
    root = parseStrictObject(bytes, "key provider configuration");
  } catch (cause) {
    throw invalid("key provider configuration", "strict JSON", "other text", cause);
  }
  const providers = members(root, ["key-providers"], "configuration")["key-providers"] ?? {};
  const entries = Object.entries(members(providers, undefined, "key-providers"));
  return Object.fromEntries(entries.map(([name, value]) => [name, attributesOf(name, value)]));
}

/**
 * Reads the file that a path, or else the environment, names.
 * @throws KEY_PROVIDER_CONFIG
 */
export async function readKeyProviderConfig(
  path: string | undefined = process.env[configVariable],
): Promise<KeyProviderConfig> {
  if (path === undefined || path === "") throw invalid(configVariable, "the name of a file", "nothing");
  try {
    return parseKeyProviderConfig(await readFile(path));
  } catch (cause) {
    if (cause instanceof ApocError) throw cause;
    throw invalid(path, "a readable file", "none", cause);
  }
}

function attributesOf(name: string, value: unknown): KeyProviderAttributes {
  const field = `key-providers.${name.slice(0, 80)}`;
  const { cmd, grpc, "grpc-tls": tls } = members(value, ["cmd", "grpc", "grpc-tls"], field);
  if ((cmd === undefined) === (grpc === undefined)) throw invalid(field, "cmd or grpc", "both or none");
  if (cmd !== undefined) {
    if (tls !== undefined) throw invalid(field, "no grpc-tls beside cmd", "grpc-tls");
    const { path, args = [] } = members(cmd, ["path", "args"], `${field}.cmd`);
    if (!Array.isArray(args) || !args.every(isText)) throw invalid(`${field}.cmd.args`, "a list of texts");
    return { cmd: { path: text(path, `${field}.cmd.path`), args } };
  }
  const address = text(grpc, `${field}.grpc`);
  if (tls === undefined && !isLocal(parseGrpcAddress(address, `${field}.grpc`)))
    throw invalid(`${field}.grpc`, "this machine, or grpc-tls", address.slice(0, 80));
  return { grpc: address, ...(tls === undefined ? {} : { tls: tlsOf(tls, `${field}.grpc-tls`) }) };
}

function tlsOf(value: unknown, field: string): GrpcTls {
  const known = {
    "root-ca-file": "rootCaFile",
    "cert-file": "certFile",
    "key-file": "keyFile",
    "server-name": "serverName",
  };
  const given = members(value, [...Object.keys(known), "insecure-skip-verify"], field);
  if ((given["insecure-skip-verify"] ?? false) !== false)
    throw invalid(`${field}.insecure-skip-verify`, "false", "another value");
  const tls: Record<string, string> = {};
  for (const [name, own] of Object.entries(known))
    if (given[name] !== undefined && given[name] !== "") tls[own] = text(given[name], `${field}.${name}`);
  return tls;
}

function members(
  value: unknown,
  known: readonly string[] | undefined,
  field: string,
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(field, "an object");
  const object = value as Record<string, unknown>;
  const unknown = known === undefined ? [] : unknownKeys(object, known);
  if (unknown.length > 0) throw invalid(field, known?.join(", ") ?? "", unknown.join(", ").slice(0, 80));
  return object;
}

function text(value: unknown, field: string): string {
  if (isText(value) && value !== "") return value;
  throw invalid(field, "text");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function invalid(field: string, expected: string, actual = "another value", cause?: unknown): ApocError {
  return new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, { field, expected, actual, cause });
}
