import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { GatewayBlocks, type GatewayOptions } from "../ipfs/gateway-blocks.ts";
import { IpfsImage } from "../ipfs/ipfs-image.ts";
import { isIpfsReference, parseIpfsReference } from "../ipfs/ipfs-reference.ts";
import { parseReference } from "../reference.ts";
import { RemoteRepository, type RemoteRepositoryOptions } from "../remote/remote-repository.ts";
import type { Descriptor } from "../spec.ts";
import type { Source } from "../target.ts";
import { openArchive } from "./archive.ts";
import { dockerCredentials } from "./docker-credentials.ts";
import { refName } from "./index-entries.ts";
import { openCarImage } from "./ipfs/car-file.ts";
import { openLayout } from "./layout.ts";

export interface OpenSourceOptions extends Omit<RemoteRepositoryOptions, "reference"> {
  /** Where `ipfs://` is fetched from; without gateways, nowhere. */
  ipfs?: GatewayOptions | undefined;
}

/** An image that a user named. */
export interface OpenedSource {
  readonly source: Source;
  /** What to give to `source.resolve`. */
  readonly reference: string;
  readonly transport: "oci" | "oci-archive" | "docker-archive" | "docker" | "ipfs" | "car";
}

/**
 * Understands an image name as skopeo does: `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:REF]`,
 * `docker://REFERENCE`, and beyond it `ipfs://CID[/path][:TAG][@DIGEST]` and `car:FILE[:TAG]`; without a transport a folder with an image layout, an archive file, or else a reference of a
 * registry. Registry credentials come from docker's files unless given.
 * @throws SOURCE_UNKNOWN, TAG_AMBIGUOUS, REFERENCE_INVALID, REGISTRY_MISSING, LAYOUT_INVALID, ARCHIVE_INVALID
 */
export async function openSource(text: string, options: OpenSourceOptions = {}): Promise<OpenedSource> {
  const [, transport, rest = ""] = /^(oci|oci-archive|docker-archive|car):(.*)$/s.exec(text) ?? [];
  if (isIpfsReference(text)) return fromIpfs(text, options);
  if (transport === "car") return fromCar(...(await splitPath(rest, "file")));
  if (transport === "oci") return fromLayout(...(await splitPath(rest, "directory")));
  if (transport !== undefined) {
    return fromArchive(...(await splitPath(rest, "file")), transport as OpenedSource["transport"]);
  }
  if (text.startsWith("docker://")) return fromRegistry(text.slice("docker://".length), options);
  const found = await stat(text).catch(() => undefined);
  if (found?.isDirectory() === true) {
    if ((await stat(join(text, "oci-layout")).catch(() => undefined)) !== undefined) {
      return fromLayout(text, undefined);
    }
    throw new ApocError(ociErrors.LAYOUT_INVALID, { field: text, expected: "a file oci-layout in it" });
  }
  if (found?.isFile() === true) return fromArchive(text, undefined, undefined);
  if (/^(?:\.{0,2}\/|[a-z-]+:\/)/.test(text)) {
    throw new ApocError(ociErrors.SOURCE_UNKNOWN, {
      field: text,
      expected:
        "a folder, a file, oci:, oci-archive:, docker-archive:, docker://, ipfs://, car:, or registry/repository:tag",
    });
  }
  return fromRegistry(text, options);
}

async function fromLayout(directory: string, tag: string | undefined): Promise<OpenedSource> {
  const layout = await openLayout(directory);
  const reference = tag ?? only(await layout.entries(), `oci:${directory}`);
  return { source: layout, reference, transport: "oci" };
}

async function fromArchive(
  file: string,
  tag: string | undefined,
  wanted: OpenedSource["transport"] | undefined,
): Promise<OpenedSource> {
  const archive = await openArchive(file);
  const transport = `${archive.format}-archive` as const;
  if (wanted !== undefined && wanted !== transport) {
    throw new ApocError(ociErrors.ARCHIVE_INVALID, { field: file, expected: wanted, actual: transport });
  }
  return { source: archive, reference: tag ?? only(archive.entries, `${transport}:${file}`), transport };
}

async function fromIpfs(text: string, { ipfs }: OpenSourceOptions): Promise<OpenedSource> {
  const { cid, path, tag, digest } = parseIpfsReference(text);
  const source = new IpfsImage({ blocks: new GatewayBlocks(ipfs ?? { gateways: [] }), root: cid, path });
  return { source, reference: digest ?? tag ?? (await source.defaultReference()), transport: "ipfs" };
}

async function fromCar(file: string, tag: string | undefined): Promise<OpenedSource> {
  const source = await openCarImage(file);
  return { source, reference: tag ?? (await source.defaultReference()), transport: "car" };
}

function fromRegistry(text: string, options: OpenSourceOptions): OpenedSource {
  const reference = parseReference(text);
  const source = new RemoteRepository({
    ...options,
    reference,
    credentials: options.credentials ?? dockerCredentials(),
  });
  return { source, reference: reference.digest ?? reference.tag ?? "latest", transport: "docker" };
}

/** A path may contain a colon itself: the longest prefix that exists is the path. */
async function splitPath(text: string, kind: "directory" | "file"): Promise<[string, string | undefined]> {
  for (let end = text.length; end > 0; end = text.lastIndexOf(":", end - 1)) {
    const path = text.slice(0, end);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && (kind === "file" ? found.isFile() : found.isDirectory())) {
      const tag = text.slice(end + 1);
      return [path, tag === "" ? undefined : tag];
    }
  }
  throw new ApocError(ociErrors.NOT_FOUND, { field: text, expected: `a ${kind}` });
}

/** The one image that is there. Several tags of one image count as one; what has no tag is not asked for by name. */
function only(all: readonly Descriptor[], field: string): string {
  const tagged = all.filter((entry) => entry.annotations?.[refName] !== undefined);
  const entries = tagged.length > 0 ? tagged : all;
  const digests = new Set(entries.map(({ digest }) => digest));
  const [first] = digests;
  if (digests.size === 1 && first !== undefined) return first;
  if (digests.size === 0) throw new ApocError(ociErrors.NOT_FOUND, { field });
  const names = entries.map((entry) => entry.annotations?.[refName] ?? entry.digest);
  throw new ApocError(ociErrors.TAG_AMBIGUOUS, { field, expected: `${field}:TAG of ${names.join(", ")}` });
}
