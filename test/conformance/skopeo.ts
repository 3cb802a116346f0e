import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Version of the skopeo on PATH, or `undefined` when there is none. */
export async function skopeoVersion(): Promise<string | undefined> {
  try {
    return /version (\S+)/.exec((await run("skopeo", ["--version"])).stdout)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Whether tests against skopeo can run. In CI they must: there a missing skopeo fails them; elsewhere they are left
 * out with a message on stderr.
 */
export async function skopeoPresent(): Promise<boolean> {
  const version = await skopeoVersion();
  if (version !== undefined) return true;
  if (process.env["CI"] !== undefined && process.env["CI"] !== "") return true;
  process.stderr.write(
    "skopeo is not installed: conformance with it is not tested (apt-get install skopeo)\n",
  );
  return false;
}

/** A folder for one test file, with a signature policy that accepts all, so that the machine's own does not matter. */
export class Workplace {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Workplace> {
    const path = await mkdtemp(join(tmpdir(), "apoc-conformance-"));
    await writeFile(join(path, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
    return new Workplace(path);
  }

  /** A path in the folder. */
  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Runs skopeo; throws with its stderr when it fails. */
  async skopeo(...args: string[]): Promise<string> {
    const all = ["--policy", this.at("policy.json"), "--tmpdir", this.path, ...args];
    return (await run("skopeo", all, { maxBuffer: 16 * 1024 * 1024 })).stdout;
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
