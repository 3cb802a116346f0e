import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import type { Credentials, CredentialSource } from "../remote/credentials.ts";
import { parseStrictJson } from "../strict-json.ts";

/** What `docker login` and `podman login` leave in a file. */
interface CredentialFile {
  auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/**
 * Credentials from the files of docker and podman: `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`,
 * `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, first that knows the registry wins. Credential helpers
 * named in them are run.
 */
export function dockerCredentials(environment: NodeJS.ProcessEnv = process.env): CredentialSource {
  return async (registry) => {
    for (const path of credentialFiles(environment)) {
      const bytes = await readFile(path).catch(() => undefined);
      if (bytes === undefined) continue;
      const file = parseStrictJson(bytes, { field: path, limit: 1024 * 1024 }) as CredentialFile;
      const found = await lookUp(file, registry, path);
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

async function lookUp(
  file: CredentialFile,
  registry: string,
  path: string,
): Promise<Credentials | undefined> {
  // Docker Hub is stored under the address of its first API.
  const keys =
    registry === "docker.io" ? ["https://index.docker.io/v1/", registry] : [registry, `https://${registry}`];
  for (const key of keys) {
    const helper = file.credHelpers?.[key] ?? file.credsStore;
    const entry = file.auths?.[key];
    if (entry?.identitytoken) return { identityToken: entry.identitytoken };
    if (entry?.auth) return decode(entry.auth, path);
    if (entry?.username && entry.password) return { username: entry.username, password: entry.password };
    if (helper) {
      const found = await runHelper(helper, key, path);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function decode(auth: string, path: string): Credentials {
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new ApocError(ociErrors.CREDENTIALS_INVALID, {
    field: path,
    expected: "auth as base64 of user:password",
  });
}

/** The protocol of docker-credential-helpers: server address in, JSON out. */
async function runHelper(name: string, server: string, path: string): Promise<Credentials | undefined> {
  if (!/^[\w-]+$/.test(name)) {
    throw new ApocError(ociErrors.CREDENTIALS_INVALID, {
      field: path,
      expected: "a helper name",
      actual: name,
    });
  }
  const output = await new Promise<string | undefined>((resolve) => {
    const child = execFile(`docker-credential-${name}`, ["get"], { timeout: 30_000 }, (error, stdout) => {
      // A helper that has no entry exits with an error; so does one that is not installed.
      resolve(error === null ? stdout : undefined);
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(server);
  });
  if (output === undefined) return undefined;
  const { Username, Secret } = parseStrictJson(Buffer.from(output), {
    field: `docker-credential-${name}`,
    limit: 256 * 1024,
  }) as { Username?: unknown; Secret?: unknown };
  if (typeof Username !== "string" || typeof Secret !== "string") return undefined;
  return Username === "<token>" ? { identityToken: Secret } : { username: Username, password: Secret };
}
