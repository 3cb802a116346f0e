import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { parseReference } from "../reference.ts";
import { RemoteRepository } from "../remote/remote-repository.ts";
import type { Target } from "../target.ts";
import { formatIpfsReference } from "../ipfs/ipfs-reference.ts";
import { IpfsTarget } from "../ipfs/ipfs-target.ts";
import { publishToKubo, type PublishToKuboOptions } from "../ipfs/kubo.ts";
import { createArchive } from "./archive-writer.ts";
import { dockerCredentials } from "./docker-credentials.ts";
import { writeCarFile } from "./ipfs/car-file.ts";
import { createScratchBlocks, type ScratchBlocks } from "./ipfs/scratch-blocks.ts";
import { openLayout } from "./layout.ts";
import type { OpenSourceOptions } from "./open-source.ts";

/** A place for an image that a user named. One of `finish` and `discard` ends the work with it. */
export interface OpenedDestination {
  readonly target: Target;
  /** Tag that the image is to get there, when one was named. */
  readonly tag: string | undefined;
  readonly transport: "oci" | "oci-archive" | "docker-archive" | "docker" | "ipfs" | "car";
  /** Completes what is written in one piece, such as an archive. Returns the name it has then, where that is another one. */
  finish(): Promise<string | undefined>;
  /** Undoes what is not complete. */
  discard(): Promise<void>;
}

export interface OpenDestinationOptions extends OpenSourceOptions {
  /** What relative paths are relative to; the working directory by default. */
  cwd?: string | undefined;
  /** The Kubo node that `ipfs` publishes to; without one, nowhere. */
  kubo?: PublishToKuboOptions | undefined;
}

const nothing = async () => undefined;

/**
 * Understands the name of a destination as skopeo does: `oci:DIR[:TAG]`, made when it is not there;
 * `oci-archive:FILE[:TAG]` and `docker-archive:FILE[:REFERENCE]`, new files; `docker://REFERENCE`. The transport
 * must be named: a destination is never guessed. Beyond skopeo, `car:FILE[:TAG]`, a new file, and `ipfs[:TAG]`, which
 * `finish` sends to a Kubo node and names by its CID.
 * @throws SOURCE_UNKNOWN, REFERENCE_INVALID, REGISTRY_MISSING, LAYOUT_INVALID
 */
export async function openDestination(
  text: string,
  options: OpenDestinationOptions = {},
): Promise<OpenedDestination> {
  const ipfs = /^ipfs(?::([^/]+))?$/.exec(text);
  if (ipfs !== null && options.kubo !== undefined) return toIpfs(ipfs[1], "ipfs", sendTo(options.kubo));
  const [, transport, rest = ""] = /^(oci|oci-archive|docker-archive|car):(.+)$/s.exec(text) ?? [];
  if (transport !== undefined) {
    const colon = rest.indexOf(":");
    const path = resolve(options.cwd ?? ".", colon < 0 ? rest : rest.slice(0, colon));
    const tag = colon < 0 ? undefined : rest.slice(colon + 1);
    if (transport === "car") {
      return toIpfs(tag, "car", async (blocks, { cid }) => {
        await writeCarFile(path, blocks, cid);
        return undefined;
      });
    }
    if (transport === "oci") {
      const target = await openLayout(path, { create: true });
      return { target, tag, transport, finish: nothing, discard: nothing };
    }
    const archive = await createArchive(path, transport === "oci-archive" ? "oci" : "docker");
    return {
      target: archive,
      tag,
      transport: transport as OpenedDestination["transport"],
      finish: async () => {
        await archive.finish();
        return undefined;
      },
      discard: () => archive.discard(),
    };
  }
  if (!text.startsWith("docker://")) {
    throw new ApocError(ociErrors.SOURCE_UNKNOWN, {
      field: text,
      expected:
        "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REFERENCE], or docker://REFERENCE",
    });
  }
  const reference = parseReference(text.slice("docker://".length));
  if (reference.digest !== undefined) {
    throw new ApocError(ociErrors.REFERENCE_INVALID, {
      field: text,
      expected: "registry/repository[:tag]; the digest is the result",
      actual: reference.digest,
    });
  }
  const target = new RemoteRepository({
    ...options,
    reference,
    credentials: options.credentials ?? dockerCredentials(),
  });
  return { target, tag: reference.tag ?? "latest", transport: "docker", finish: nothing, discard: nothing };
}

/** What a directory of images in IPFS became: its CID, and the bytes of its blocks. */
type Committed = Awaited<ReturnType<IpfsTarget["commit"]>>;

/** Collects an image as blocks on this machine, and hands them on as a whole. */
async function toIpfs(
  tag: string | undefined,
  transport: "ipfs" | "car",
  send: (blocks: ScratchBlocks, root: Committed) => Promise<string | undefined>,
): Promise<OpenedDestination> {
  const blocks = await createScratchBlocks();
  const target = new IpfsTarget(blocks);
  return {
    target,
    tag,
    transport,
    async finish() {
      const name = await send(blocks, await target.commit());
      await blocks[Symbol.asyncDispose]();
      return name;
    },
    discard: () => Promise.resolve(blocks[Symbol.asyncDispose]()),
  };
}

function sendTo(kubo: PublishToKuboOptions) {
  return async (blocks: ScratchBlocks, { cid }: Committed): Promise<string> => {
    await publishToKubo(blocks, cid, kubo);
    return formatIpfsReference({ cid, path: [] });
  };
}
