import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/** What a repository knows: its blobs and manifests by digest, its tags by name. */
export type LinkKind = "blobs" | "manifests" | "tags";

const marker = /^(.+)\/_(blobs|manifests|tags)\/([^/]+)$/;

/**
 * Small values by repository, kind and name. Kept in memory; with a folder, each is also one file, replaced
 * atomically, and read again at the next start. A repository component never starts with `_`, so the paths are unique.
 */
export class Links {
  readonly #values = new Map<string, Map<string, string>>();
  readonly #directory: string | undefined;

  constructor(directory?: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<Links> {
    const root = join(directory, "repositories");
    const links = new Links(root);
    await mkdir(root, { recursive: true });
    for (const file of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      const match = marker.exec(
        path
          .slice(root.length + 1)
          .split(sep)
          .join("/"),
      );
      const [, repository, kind, name] = match ?? [];
      if (repository === undefined || kind === undefined || name === undefined || name.startsWith("."))
        continue;
      links.#table(repository, kind as LinkKind).set(decodeURIComponent(name), await readFile(path, "utf8"));
    }
    return links;
  }

  get(repository: string, kind: LinkKind, name: string): string | undefined {
    return this.#values.get(`${repository}/_${kind}`)?.get(name);
  }

  /** Names in order. */
  names(repository: string, kind: LinkKind): string[] {
    return [...(this.#values.get(`${repository}/_${kind}`)?.keys() ?? [])].sort((a, b) => (a < b ? -1 : 1));
  }

  /** Whether anything was ever stored in the repository. */
  knows(repository: string): boolean {
    return (["blobs", "manifests", "tags"] as const).some((kind) =>
      this.#values.has(`${repository}/_${kind}`),
    );
  }

  /** Whether any repository has the name. */
  anywhere(kind: LinkKind, name: string): boolean {
    for (const [key, table] of this.#values) if (key.endsWith(`/_${kind}`) && table.has(name)) return true;
    return false;
  }

  async set(repository: string, kind: LinkKind, name: string, value: string): Promise<void> {
    const path = this.#path(repository, kind, name);
    if (path !== undefined) {
      await mkdir(dirname(path), { recursive: true });
      const temporary = join(dirname(path), `.${randomUUID()}`);
      await writeFile(temporary, value);
      await rename(temporary, path);
    }
    this.#table(repository, kind).set(name, value);
  }

  async delete(repository: string, kind: LinkKind, name: string): Promise<boolean> {
    const path = this.#path(repository, kind, name);
    if (path !== undefined) await rm(path, { force: true });
    return this.#table(repository, kind).delete(name);
  }

  #path(repository: string, kind: LinkKind, name: string): string | undefined {
    if (this.#directory === undefined) return undefined;
    return join(this.#directory, repository, `_${kind}`, encodeURIComponent(name));
  }

  #table(repository: string, kind: LinkKind): Map<string, string> {
    const key = `${repository}/_${kind}`;
    const table = this.#values.get(key) ?? new Map<string, string>();
    this.#values.set(key, table);
    return table;
  }
}
