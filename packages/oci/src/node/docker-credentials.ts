import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Credentials, CredentialSource } from "../remote/credentials.ts";
import { parseStrictJson } from "../json-document.ts";
import { runCredentialHelper } from "./credential-helper.ts";

/** What `docker login` and `podman login` leave in a file. */
export interface CredentialFile {
  auths: ReadonlyMap<string, StoredCredentials>;
  credHelpers: ReadonlyMap<string, string>;
  credsStore?: string;
}

interface StoredCredentials {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
}

export interface DockerCredentialsOptions {
  /** Longest time a credential helper may take; 30 000 by default. */
  helperMilliseconds?: number;
}

/** Greatest size of a file of credentials, in bytes. */
const fileLimit = 1024 * 1024;

/**
 * Credentials from the files of docker and podman: `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`,
 * `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, first that knows the registry wins. Credential helpers
 * named in them are run. The source throws CREDENTIALS_INVALID, JSON_INVALID, JSON_DUPLICATE_KEY, DOCUMENT_TOO_LARGE.
 */
export function dockerCredentials(
  environment: NodeJS.ProcessEnv = process.env,
  { helperMilliseconds = 30_000 }: DockerCredentialsOptions = {},
): CredentialSource {
  return async (registry) => {
    for (const path of credentialFiles(environment)) {
      const bytes = await readFile(path).catch(() => undefined);
      if (bytes === undefined) continue;
      const file = parseCredentialFile(bytes, path);
      const found = await lookUp(file, registry, path, helperMilliseconds);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function credentialFiles(environment: NodeJS.ProcessEnv): string[] {
  const home = environment["HOME"] ?? homedir();
  const files = [environment["REGISTRY_AUTH_FILE"]];
  const runtime = environment["XDG_RUNTIME_DIR"];
  if (runtime !== undefined) files.push(join(runtime, "containers", "auth.json"));
  files.push(join(environment["DOCKER_CONFIG"] ?? join(home, ".docker"), "config.json"));
  return files.filter((file) => file !== undefined && file !== "") as string[];
}

/**
 * Decodes a `config.json` or `auth.json`. Members that say nothing of credentials are left out.
 * @throws CREDENTIALS_INVALID, JSON_INVALID, JSON_DUPLICATE_KEY, DOCUMENT_TOO_LARGE
 */
export function parseCredentialFile(bytes: Uint8Array, field: string): CredentialFile {
  const document = object(parseStrictJson(bytes, { field, limit: fileLimit }), field);
  const auths = new Map<string, StoredCredentials>();
  for (const [registry, value] of Object.entries(object(document["auths"] ?? {}, `${field}: auths`))) {
    const at = `${field}: auths: ${registry}`;
    const stored = object(value ?? {}, at);
    const entry: StoredCredentials = {};
    for (const name of ["auth", "username", "password", "identitytoken"] as const) {
      if (stored[name] != null) entry[name] = text(stored[name], `${at}: ${name}`);
    }
    auths.set(registry, entry);
  }
  const credHelpers = new Map<string, string>();
  const helpers = object(document["credHelpers"] ?? {}, `${field}: credHelpers`);
  for (const [registry, name] of Object.entries(helpers)) {
    credHelpers.set(registry, helperName(name, `${field}: credHelpers: ${registry}`));
  }
  const store = document["credsStore"] ?? "";
  if (store === "") return { auths, credHelpers };
  return { auths, credHelpers, credsStore: helperName(store, `${field}: credsStore`) };
}

async function lookUp(
  file: CredentialFile,
  registry: string,
  path: string,
  milliseconds: number,
): Promise<Credentials | undefined> {
  // Docker Hub is stored under the address of its first API.
  const keys =
    registry === "docker.io" ? ["https://index.docker.io/v1/", registry] : [registry, `https://${registry}`];
  for (const key of keys) {
    const helper = file.credHelpers.get(key) ?? file.credsStore;
    const entry = file.auths.get(key);
    if (entry?.identitytoken) return { identityToken: entry.identitytoken };
    if (entry?.auth) return decode(entry.auth, path);
    if (entry?.username && entry.password) return { username: entry.username, password: entry.password };
    if (helper !== undefined) {
      const found = await runCredentialHelper(helper, key, milliseconds);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function decode(auth: string, path: string): Credentials {
  const decoded = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = decoded.indexOf(":");
  if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  throw invalid(path, "auth as base64 of user:password");
}

/** A helper is a program by this name on PATH, so the name is no path and no option. */
function helperName(value: unknown, field: string): string {
  const name = text(value, field);
  if (/^\w[\w.-]{0,63}$/.test(name)) return name;
  throw invalid(field, "the name of a credential helper");
}

function object(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(field, "an object");
}

function text(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw invalid(field, "text");
}

function invalid(field: string, expected: string): ApocError {
  return new ApocError(ociErrors.CREDENTIALS_INVALID, { field, expected });
}
