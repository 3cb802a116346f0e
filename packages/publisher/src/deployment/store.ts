import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { readFileIfThere, writeFileAtomic } from "@apoc/client/files";
import { publisherErrors } from "../errors.ts";
import { type Deployment, encodeDeployment, parseDeployment } from "./record.ts";

const recordLimit = 4 << 20;

/** Deployments of this user: `<data>/pods/<channel id>.json`, mode 0600. */
export interface DeploymentStore {
  save(deployment: Deployment): Promise<void>;
  /** Forgets a deployment whose channel never came to be. */
  remove(id: `0x${string}`): Promise<void>;
  /** All, newest first. */
  list(): Promise<Deployment[]>;
  /** The one of this name that is not closed. */
  findOpen(name: string, network: string): Promise<Deployment | undefined>;
  /** By name, id or a beginning of the id that only one has. Throws POD_UNKNOWN, POD_AMBIGUOUS. */
  get(text: string): Promise<Deployment>;
}

export function openDeployments(dataDirectory: string): DeploymentStore {
  const folder = join(dataDirectory, "pods");
  const pathOf = (id: string) => join(folder, `${id.slice(2)}.json`);
  const list = async (): Promise<Deployment[]> => {
    const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const found: Deployment[] = [];
    for (const file of files.filter((name) => /^[0-9a-f]{64}\.json$/.test(name))) {
      const text = await readFileIfThere(join(folder, file), recordLimit);
      if (text !== undefined) found.push(parseDeployment(text, join(folder, file)));
    }
    return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  };
  return {
    list,
    save: (deployment) => writeFileAtomic(pathOf(deployment.id), encodeDeployment(deployment)),
    remove: (id) => rm(pathOf(id), { force: true }),
    async findOpen(name, network) {
      return (await list()).find((d) => d.name === name && d.network === network && d.state !== "closed");
    },
    async get(text) {
      const all = await list();
      const byId = text.toLowerCase();
      const named = all.filter(({ name }) => name === text);
      const open = named.filter(({ state }) => state !== "closed");
      const matches =
        named.length > 0
          ? open.length > 0
            ? open
            : named.slice(0, 1)
          : /^0x[0-9a-f]{1,64}$/.test(byId)
            ? all.filter(({ id }) => id.startsWith(byId))
            : [];
      const [first] = matches;
      if (first !== undefined && matches.length === 1) return first;
      throw new ApocError(first === undefined ? publisherErrors.POD_UNKNOWN : publisherErrors.POD_AMBIGUOUS, {
        field: text,
        expected: "a name, an id, or a beginning that only one id has",
        actual: first === undefined ? undefined : matches.map(({ id }) => id).join(", "),
        next: { action: "list-pods" },
      });
    },
  };
}
