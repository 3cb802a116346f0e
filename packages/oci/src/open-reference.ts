import type { Digest, Descriptor } from "./spec.ts";
import type { Source } from "./target.ts";
import { GatewayBlocks, type GatewayOptions } from "./ipfs/gateway-blocks.ts";
import { IpfsImage } from "./ipfs/ipfs-image.ts";
import { formatIpfsReference, isIpfsReference, parseIpfsReference } from "./ipfs/ipfs-reference.ts";
import { formatReference, parseReference } from "./reference.ts";
import type { CredentialSource } from "./remote/credentials.ts";
import { RemoteRepository } from "./remote/remote-repository.ts";

export interface OpenReferenceOptions {
  readonly credentials?: CredentialSource | undefined;
  /** Reaches registries. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Where images in IPFS are fetched from; without gateways, nowhere. */
  readonly ipfs?: GatewayOptions | undefined;
  /** Ends all reading from IPFS. */
  readonly signal?: AbortSignal | undefined;
}

/** An image that was named by a reference: of a registry, or in IPFS. */
export interface OpenedReference {
  readonly transport: "docker" | "ipfs";
  /** Where the image lies, and what is beside it. */
  readonly source: Source;
  /** The digest that the reference names. */
  readonly digest: Digest | undefined;
  /** The reference without tag and digest: `registry/repository`, or `ipfs://CID[/path]`. */
  readonly repository: string;
  /** What people call the image: the repository without its registry or the CID, with the tag. */
  readonly label: string;
  /** Finds what digest or tag name, else what is meant where neither is given. */
  resolve(): Promise<Descriptor>;
  /** The reference by which one manifest of the image is named permanently. */
  pinned(digest: Digest): string;
}

/**
 * Opens an image reference: `[docker://]registry/repository[:tag][@digest]` or `ipfs://CID[/path][:tag][@digest]`. Nothing
 * is fetched yet.
 * @throws REFERENCE_INVALID, REGISTRY_MISSING, DIGEST_INVALID, CID_INVALID, CID_UNSUPPORTED
 */
export function openReference(text: string, options: OpenReferenceOptions = {}): OpenedReference {
  return isIpfsReference(text) ? openIpfs(text, options) : openRegistry(text, options);
}

/** The digest that a reference names, of a registry or in IPFS. @throws as {@link openReference} */
export function digestOfReference(text: string): Digest | undefined {
  return isIpfsReference(text) ? parseIpfsReference(text).digest : parseReference(text).digest;
}

function openRegistry(text: string, options: OpenReferenceOptions): OpenedReference {
  const reference = parseReference(text.replace(/^docker:\/\//, ""));
  const { registry, repository, tag, digest } = reference;
  const { credentials, fetch } = options;
  const source = new RemoteRepository({ reference, credentials, fetch });
  return {
    transport: "docker",
    source,
    digest,
    repository: `${registry}/${repository}`,
    label: tag === undefined ? repository : `${repository}:${tag}`,
    resolve: () => source.resolve(digest ?? tag ?? "latest"),
    pinned: (named) => formatReference({ registry, repository, digest: named }),
  };
}

function openIpfs(text: string, { ipfs, signal }: OpenReferenceOptions): OpenedReference {
  const { cid, path, tag, digest } = parseIpfsReference(text);
  const blocks = new GatewayBlocks(ipfs ?? { gateways: [] });
  const source = new IpfsImage({ blocks, root: cid, path, signal });
  const name = path.at(-1) ?? `ipfs ${cid.toString().slice(0, 12)}…`;
  return {
    transport: "ipfs",
    source,
    digest,
    repository: formatIpfsReference({ cid, path }),
    label: tag === undefined ? name : `${name}:${tag}`,
    resolve: async () => source.resolve(digest ?? tag ?? (await source.defaultReference())),
    pinned: (named) => formatIpfsReference({ cid, path, digest: named }),
  };
}
