import { readdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import type { EngineFolder } from "./engine-folder.ts";
import { deletionOf, ruleWords } from "./firewall-rule.ts";
import { isRunning } from "./processes.ts";
import { run } from "./programs.ts";

const tables = ["filter", "nat"] as const;
/** Chains of dockerd, in an order in which they can be deleted once they are empty. */
const dockerChains = [
  "DOCKER-ISOLATION-STAGE-1",
  "DOCKER-ISOLATION-STAGE-2",
  "DOCKER-USER",
  "DOCKER",
] as const;
const forwarding = "/proc/sys/net/ipv4/ip_forward";

type Table = (typeof tables)[number];

/** Records what dockerd changes and never restores: forwarding, and the policy of the chain FORWARD. */
export async function noteFirewall(folder: EngineFolder): Promise<void> {
  folder.write("ip-forward.before", readFileSync(forwarding, "utf8"));
  folder.write("forward-policy.before", (await run("iptables", ["-S", "FORWARD"]))?.split("\n")[0] ?? "");
}

/**
 * Restores what was recorded once no dockerd runs: its chains protect nothing then, but its DROP policy breaks other
 * networks.
 */
export async function restoreFirewall(folder: EngineFolder): Promise<void> {
  if (!existsSync(`${folder.path}/forward-policy.before`) || isRunning("dockerd")) return;
  if (folder.read("forward-policy.before").includes("-P FORWARD ACCEPT")) {
    await run("iptables", ["-P", "FORWARD", "ACCEPT"]);
  }
  for (const table of tables) {
    await deleteRules(table, leadsToDocker);
    for (const chain of dockerChains) await run("iptables", ["-t", table, "-F", chain]);
    for (const chain of dockerChains) await run("iptables", ["-t", table, "-X", chain]);
  }
  // Other bridges, e.g. podman's, need forwarding too.
  const links = readdirSync("/sys/class/net");
  if (!links.some((link) => existsSync(`/sys/class/net/${link}/bridge`))) {
    try {
      writeFileSync(forwarding, folder.read("ip-forward.before"));
    } catch {
      // Without root it was not changed either.
    }
  }
}

/** First two bytes of the addresses of all networks of a private dockerd. */
export const dockerAddresses = "10.213";

/** Removes bridges that a killed private dockerd has left, once no dockerd runs. */
export async function removeStrayBridges(): Promise<void> {
  if (isRunning("dockerd")) return;
  const addresses = (await run("ip", ["-o", "-4", "addr", "show"])) ?? "";
  for (const bridge of dockerBridges(addresses)) await removeBridge(bridge);
}

/** Bridges with an address of a private dockerd, from the output of `ip -o -4 addr show`. */
export function dockerBridges(addresses: string): readonly string[] {
  return addresses.split("\n").flatMap((line) => {
    const [, name = "", , address = ""] = line.trim().split(/\s+/);
    return name.startsWith("br-") && address.startsWith(`${dockerAddresses}.`) ? [name] : [];
  });
}

/** Removes a bridge that dockerd could not remove, with its rules. */
export async function removeBridge(bridge: string): Promise<void> {
  await run("ip", ["link", "delete", bridge]);
  for (const table of tables) await deleteRules(table, (words) => words.includes(bridge));
}

/** Whether a rule leads from a chain of the kernel into one of dockerd. */
function leadsToDocker(words: readonly string[]): boolean {
  const target = words[words.lastIndexOf("-j") + 1] ?? "";
  return /^(FORWARD|PREROUTING|OUTPUT)$/.test(words[1] ?? "") && target.startsWith("DOCKER");
}

async function deleteRules(table: Table, isMeant: (words: readonly string[]) => boolean): Promise<void> {
  const rules = (await run("iptables", ["-t", table, "-S"])) ?? "";
  for (const line of rules.split("\n")) {
    const deletion = deletionOf(line);
    if (deletion !== undefined && isMeant(ruleWords(line))) await run("iptables", ["-t", table, ...deletion]);
  }
}
