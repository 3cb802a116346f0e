import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import { parseAnswer } from "./engine-socket.ts";
import { dockerNetwork, networkList, podmanNetwork } from "./inspection.ts";
import {
  labelFilter,
  labels,
  networkName,
  ownershipLabels,
  readOwnership,
  type Ownership,
} from "./labels.ts";
import { persistently, type EngineContext } from "./pod-objects.ts";

/** Makes a bridge of the pod's own and returns its name. Docker keeps bridges apart by itself, podman when told to. */
export async function createNetwork(context: EngineContext, ownership: Ownership): Promise<string> {
  const name = networkName(ownership.pod, ownership.generation, ownership.attempt);
  const owner = ownershipLabels(context.instance, ownership);
  if (context.engine.name === "podman") {
    // The compatible API of podman 4.3 drops the option.
    await context.client.call("POST", "/libpod/networks/create", {
      body: { name, driver: "bridge", options: { isolate: "true" }, labels: owner, dns_enabled: false },
    });
  } else {
    await context.client.call("POST", "/networks/create", {
      body: { Name: name, Driver: "bridge", CheckDuplicate: true, EnableIPv6: false, Labels: owner },
    });
  }
  return name;
}

/**
 * Makes sure that the engine will keep the network apart from others when it connects a container to it; called
 * right before that and after it. Podman 4.3 forgets the option, in memory only, whenever anybody lists networks
 * over the compatible API, and then connects pods to each other; making any network has it read its files again.
 * Throws `READBACK_MISMATCH`.
 */
export async function ensureIsolated(context: EngineContext, name: string): Promise<void> {
  if (context.engine.name === "docker") {
    const { body } = await context.client.call("GET", `/networks/${name}`);
    const found = parseAnswer("GET /networks/{name}", dockerNetwork, body);
    if (found.Driver === "bridge" && Object.keys(found.Options ?? {}).length === 0) return;
    throw mismatch("Driver and Options", "bridge {}", `${found.Driver} ${JSON.stringify(found.Options)}`);
  }
  if (await podmanIsolates(context, name)) return;
  const scratch = `${name}-reload`;
  await context.client.call("POST", "/libpod/networks/create", {
    body: { name: scratch, driver: "bridge", dns_enabled: false },
    accept: [409],
  });
  await context.client.call("DELETE", `/libpod/networks/${scratch}`, { accept: [404] });
  if (!(await podmanIsolates(context, name))) throw mismatch("options.isolate", "true", "nothing");
}

/** Whether podman, as it runs, knows that the network is to be kept apart. */
export async function podmanIsolates(context: EngineContext, name: string): Promise<boolean> {
  const { body } = await context.client.call("GET", `/libpod/networks/${name}/json`);
  const found = parseAnswer("GET /libpod/networks/{name}/json", podmanNetwork, body);
  return found.driver === "bridge" && found.options?.["isolate"] === "true";
}

/** This instance's networks, of one pod or of all. */
export async function listNetworks(
  context: EngineContext,
  podId?: string,
): Promise<readonly (Ownership & { readonly id: string })[]> {
  // Not the compatible list of podman: see ensureIsolated.
  const path = context.engine.name === "podman" ? "/libpod/networks/json" : "/networks";
  const { body } = await context.client.call("GET", path, {
    query: { filters: labelFilter(context.instance, podId) },
  });
  return parseAnswer(`GET ${path}`, networkList, body ?? []).flatMap(({ Id, Labels }) => {
    const ownership = readOwnership(Labels);
    if (ownership?.role !== "network" || Labels?.[labels.instance] !== context.instance) return [];
    return podId === undefined || ownership.pod === podId ? [{ ...ownership, id: Id }] : [];
  });
}

export async function removeNetworks(
  context: EngineContext,
  networks: readonly { id: string }[],
): Promise<void> {
  for (const { id } of networks) {
    await persistently(() => context.client.call("DELETE", `/networks/${id}`, { accept: [404] }));
  }
}

function mismatch(field: string, expected: string, actual: string): ApocError {
  return new ApocError(providerErrors.READBACK_MISMATCH, { field: `network.${field}`, expected, actual });
}
