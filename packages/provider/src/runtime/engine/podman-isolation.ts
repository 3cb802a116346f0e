import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import type { EngineInfo } from "./engine-socket.ts";

const run = promisify(execFile);

/** Netavark's chain with the rules of isolated networks, and the rule that leads into it. */
const chain = "NETAVARK_ISOLATION_1";
const jump = ["FORWARD", "-j", chain] as const;

/**
 * Keeps podman's networks apart although netavark forgets to: up to 1.4 at least it takes the one rule that leads into
 * its isolation chain away with whichever isolated network ends, and every pod left could reach every other until the
 * next one started. To be called after anything was removed, and every now and then, since another podman of the
 * machine does the same. Only a provider that is root beside a rootful podman can do it; elsewhere nothing is done.
 * @throws READBACK_MISMATCH where the rule is gone and cannot be set
 */
export async function enforceIsolation({
  name,
  rootless,
}: Pick<EngineInfo, "name" | "rootless">): Promise<void> {
  if (name !== "podman" || rootless || process.getuid?.() !== 0) return;
  if (await iptables("-C", ...jump)) return;
  // No chain: no isolated network has been started, or its rules are not of iptables.
  if (!(await iptables("-S", chain))) return;
  const [table, ...rule] = jump;
  if (await iptables("-I", table, "1", ...rule)) return;
  throw new ApocError(providerErrors.READBACK_MISMATCH, {
    field: "network.isolation",
    expected: `iptables -I ${table} 1 ${rule.join(" ")}`,
    actual: "refused",
  });
}

async function iptables(...args: readonly string[]): Promise<boolean> {
  const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  return run("iptables", ["-w", "5", ...args], { env, timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}
