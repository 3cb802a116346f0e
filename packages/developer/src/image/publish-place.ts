import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import {
  type Cid,
  type Descriptor,
  formatIpfsReference,
  IpfsTarget,
  isTag,
  publishToKubo,
  type Target,
} from "@apoc/oci";
import { createScratchBlocks, type ScratchBlocks, writeCarFile } from "@apoc/oci/node";
import { type Context, ipfsSettings } from "@apoc/terminal";
import { developerErrors } from "../errors.ts";
import type { PublishedManifest } from "./encrypted-manifest.ts";
import { openRepository, parseTarget, repositoryName } from "./repository.ts";

/** Where an image is published. Nobody else sees it before {@link PublishPlace.release}. */
export interface PublishPlace extends AsyncDisposable {
  /** Takes layers and config. */
  readonly target: Target;
  readonly tag: string;
  /** Name of the place, known once everything is there: `registry/repository` or `ipfs://CID`. */
  prepare(manifest: PublishedManifest): Promise<string>;
  /** Lets others see the image. Returns what was done, for people. */
  release(manifest: PublishedManifest): Promise<string>;
}

/** What the destinations need to know beyond their names. */
export interface PublishOptions {
  /** RPC of the Kubo node, instead of the configured one. */
  readonly ipfsApi: string | undefined;
}

/**
 * Opens what `--to` names: `registry/repository[:tag]`, `ipfs[:TAG]` for a Kubo node, `car:FILE[:TAG]` for a new file.
 * Throws TARGET_INVALID, REFERENCE_INVALID, REGISTRY_MISSING.
 */
export async function openPublishPlace(
  ctx: Pick<Context, "config" | "flags" | "cwd" | "signal" | "ui">,
  to: string,
  options: PublishOptions,
): Promise<PublishPlace> {
  const [, kind, rest = ""] = /^(ipfs|car)(?::(.*))?$/s.exec(to) ?? [];
  const { signal } = ctx;
  if (kind === "ipfs") {
    const tag = rest || "latest";
    if (!isTag(tag)) throw invalid(to, "ipfs or ipfs:TAG; the CID is the result");
    const api = options.ipfsApi ?? (await ipfsSettings(ctx)).api;
    return new IpfsPlace(await createScratchBlocks(), tag, async (blocks, { cid, tsize }) => {
      const progress = ctx.ui.progress("Sent to IPFS", tsize);
      try {
        await publishToKubo(blocks, cid, { api, signal, onProgress: progress.advance });
      } catch (error) {
        progress.fail();
        throw error;
      }
      progress.done(`pinned by ${new URL(api).host}`);
      return formatIpfsReference({ cid, path: [], tag });
    });
  }
  if (kind === "car") {
    const [, file = "", tag = "latest"] = /^(.+?)(?::([^:/]*))?$/s.exec(rest) ?? [];
    if (file === "" || !isTag(tag)) throw invalid(to, "car:FILE[:TAG]");
    const path = resolve(ctx.cwd, file);
    return new IpfsPlace(await createScratchBlocks(), tag, async (blocks, { cid }) => {
      await writeCarFile(path, blocks, cid, { signal }).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
        throw new ApocError(developerErrors.OUTPUT_EXISTS, { field: path, cause });
      });
      return path;
    });
  }
  return registryPlace(to);
}

function registryPlace(to: string): PublishPlace {
  const reference = parseTarget(to);
  const { tag } = reference;
  const target = openRepository(reference);
  const name = repositoryName(reference);
  return {
    target,
    tag,
    prepare: async () => name,
    async release({ descriptor, bytes }) {
      await target.push(descriptor, bytes);
      await target.tag(descriptor, tag);
      return `${name}:${tag}`;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** An image that becomes a directory in IPFS on this machine, and is then sent as a whole. */
class IpfsPlace implements PublishPlace {
  readonly target: IpfsTarget;
  readonly tag: string;
  readonly #blocks: ScratchBlocks;
  readonly #send: (blocks: ScratchBlocks, root: Root) => Promise<string>;
  #root: Root | undefined;

  constructor(
    blocks: ScratchBlocks,
    tag: string,
    send: (blocks: ScratchBlocks, root: Root) => Promise<string>,
  ) {
    this.target = new IpfsTarget(blocks);
    this.tag = tag;
    this.#blocks = blocks;
    this.#send = send;
  }

  async prepare({ descriptor, bytes }: { descriptor: Descriptor; bytes: Uint8Array }): Promise<string> {
    await this.target.push(descriptor, bytes);
    await this.target.tag(descriptor, this.tag);
    this.#root = await this.target.commit();
    return formatIpfsReference({ cid: this.#root.cid, path: [] });
  }

  async release(): Promise<string> {
    if (this.#root === undefined) throw new TypeError("a place is prepared before it is released");
    return this.#send(this.#blocks, this.#root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#blocks[Symbol.asyncDispose]();
  }
}

interface Root {
  readonly cid: Cid;
  /** Bytes of all blocks. */
  readonly tsize: number;
}

function invalid(actual: string, expected: string): ApocError {
  return new ApocError(developerErrors.TARGET_INVALID, { field: "--to", expected, actual });
}
