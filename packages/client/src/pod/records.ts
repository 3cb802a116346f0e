import { ApocError } from "@apoc/errors";
import { clientErrors } from "../errors.ts";
import type { DeploymentRecords } from "../ports.ts";
import type { Deployment } from "./record.ts";

/** Records that end with the process. */
export function memoryRecords(): DeploymentRecords {
  const records = new Map<string, Deployment>();
  return {
    async save(deployment) {
      records.set(deployment.podId, deployment);
    },
    async remove(podId) {
      records.delete(podId);
    },
    list: async () => newestFirst([...records.values()]),
  };
}

/** Sorts records as `DeploymentRecords.list` gives them. */
export function newestFirst(records: readonly Deployment[]): Deployment[] {
  return records.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** The deployment of this name on a network that is not closed. */
export async function findOpenDeployment(
  records: DeploymentRecords,
  name: string,
  network: string,
): Promise<Deployment | undefined> {
  const all = await records.list();
  return all.find((one) => one.name === name && one.network === network && one.state !== "closed");
}

/**
 * A deployment by its name (an open one before closed ones), its id, or a beginning that only one id has.
 * Throws POD_UNKNOWN, POD_AMBIGUOUS.
 */
export async function findDeployment(records: DeploymentRecords, text: string): Promise<Deployment> {
  const matches = matchDeployments(await records.list(), text);
  const [first] = matches;
  if (first !== undefined && matches.length === 1) return first;
  throw new ApocError(first === undefined ? clientErrors.POD_UNKNOWN : clientErrors.POD_AMBIGUOUS, {
    field: text,
    expected: "a name, an id, or a beginning that only one id has",
    actual: first === undefined ? undefined : matches.map(({ podId }) => podId).join(", "),
    next: { action: "list-pods" },
  });
}

function matchDeployments(all: readonly Deployment[], text: string): readonly Deployment[] {
  const named = all.filter(({ name }) => name === text);
  if (named.length > 0) {
    const open = named.filter(({ state }) => state !== "closed");
    return open.length > 0 ? open : named.slice(0, 1);
  }
  const id = text.toLowerCase();
  return /^0x[0-9a-f]{1,64}$/.test(id) ? all.filter((one) => one.podId.startsWith(id)) : [];
}
