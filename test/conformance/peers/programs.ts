import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Programs of test/peers that copy images or wrap their keys. */
export type PeerName = "crane" | "regctl" | "imgcopy" | "keyprovider";

/**
 * Path of a program of test/peers, built when it is not there. Without Go the tests that need it are left out with a
 * message; in CI it must be there, so the failure of the build is thrown.
 */
export async function buildPeer(name: PeerName): Promise<string | undefined> {
  const script = fileURLToPath(new URL("../../../scripts/peers.sh", import.meta.url));
  const inCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
  try {
    return (await run(script, [name], { timeout: 600_000 })).stdout.trim();
  } catch (error) {
    if (inCi) throw error;
    const { stderr } = error as { stderr?: string };
    const why = (stderr ?? String(error)).trim().split("\n").at(-1) ?? "unknown";
    process.stderr.write(`${name} is not tested: ${why}\n`);
    return undefined;
  }
}

/** Runs a program to its end; throws with its stderr when it fails. */
export async function runPeer(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const options = { maxBuffer: 16 * 1024 * 1024, env: { ...process.env, ...env } };
  return (await run(program, args, options)).stdout;
}

/** Whether podman can be asked; in CI it must be there. */
export async function podmanPresent(): Promise<boolean> {
  try {
    await run("podman", ["--version"]);
    return true;
  } catch {
    if (process.env["CI"] !== undefined && process.env["CI"] !== "") return true;
    process.stderr.write("podman is not tested: it is not installed (apt-get install podman)\n");
    return false;
  }
}
