import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Somebody in the story, with a configuration, wallet and data of their own. */
export interface Role {
  readonly name: string;
  readonly directory: string;
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a running command's standard error goes while it runs. */
export type Audience = (text: string) => void;

/** Makes a role with a private folder and a wallet password. */
export async function createRole(directory: string, name: string): Promise<Role> {
  const role = { name, directory: join(directory, name) };
  await mkdir(join(role.directory, "config"), { recursive: true, mode: 0o700 });
  await writeFile(join(role.directory, "password"), `${name}'s password\n`, { mode: 0o600 });
  return role;
}

/** Runs `apoc ARGS` as a process of its own, as this role, and waits for its end; the signal ends it with SIGTERM. */
export async function runApoc(
  role: Role,
  args: readonly string[],
  { audience, signal }: { audience?: Audience; signal?: AbortSignal | undefined } = {},
): Promise<Ended> {
  signal?.throwIfAborted();
  const child = startApoc(role, args);
  const end = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", end, { once: true });
  const out = collect(child.stdout!);
  const error = collect(child.stderr!, audience);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit) => resolve(exit ?? 1));
  }).finally(() => signal?.removeEventListener("abort", end));
  signal?.throwIfAborted();
  return { code, stdout: out(), stderr: error() };
}

/** Starts `apoc ARGS` as this role, in the role's folder. */
export function startApoc({ directory }: Role, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...program(), ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      APOC_CONFIG_DIR: join(directory, "config"),
      APOC_DATA_DIR: join(directory, "data"),
      APOC_PASSWORD_FILE: join(directory, "password"),
      // A throw-away wallet need not be slow to open.
      APOC_KEYSTORE_SCRYPT_N: "4096",
    },
  });
}

/** From source, or as built: in the same form as this module. */
function program(): string[] {
  const source = import.meta.url.endsWith(".ts");
  const cli = fileURLToPath(new URL(source ? "../cli.ts" : "../cli.js", import.meta.url));
  return source ? ["--conditions=apoc-source", "--disable-warning=ExperimentalWarning", cli] : [cli];
}

function collect(stream: NodeJS.ReadableStream, audience?: Audience): () => string {
  let all = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    all += text;
    audience?.(text);
  });
  return () => all;
}
