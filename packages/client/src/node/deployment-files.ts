import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfThere, writeFileAtomic } from "../files/atomic-file.ts";
import { type Deployment, encodeDeployment, parseDeployment } from "../pod/record.ts";
import { newestFirst } from "../pod/records.ts";
import type { DeploymentRecords } from "../ports.ts";

const recordLimit = 4 << 20;

/** Deployments in files: `<folder>/<pod id>.json`, mode 0600. */
export function deploymentFiles(folder: string): DeploymentRecords {
  const pathOf = (podId: string) => join(folder, `${podId.slice(2)}.json`);
  return {
    save: (deployment) => writeFileAtomic(pathOf(deployment.podId), encodeDeployment(deployment)),
    remove: (podId) => rm(pathOf(podId), { force: true }),
    async list() {
      const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      const found: Deployment[] = [];
      for (const file of files.filter((name) => /^[0-9a-f]{64}\.json$/.test(name))) {
        const text = await readFileIfThere(join(folder, file), recordLimit);
        if (text !== undefined) found.push(parseDeployment(text, join(folder, file)));
      }
      return newestFirst(found);
    },
  };
}
