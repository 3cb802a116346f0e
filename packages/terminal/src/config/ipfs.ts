import type { Context } from "../context.ts";

/** Where a Kubo node of this machine serves blocks and takes them, unless it was told otherwise. */
const localGateway = "http://127.0.0.1:8080";
const localApi = "http://127.0.0.1:5001";

/** How IPFS is reached. */
export interface IpfsSettings {
  /** Trustless gateways, asked in this order. */
  readonly gateways: readonly string[];
  /** RPC of the Kubo node that publishes. */
  readonly api: string;
}

/**
 * `--ipfs-gateway` or `$APOC_IPFS_GATEWAY`, else `ipfs.gateways` of the configuration, else a node of this machine: nobody
 * else learns which images one looks at, unless somebody else is named.
 */
export async function ipfsSettings(ctx: Pick<Context, "config" | "flags">): Promise<IpfsSettings> {
  const { ipfs } = await ctx.config.load();
  const { ipfsGateway } = ctx.flags;
  return {
    gateways: ipfsGateway === undefined ? (ipfs?.gateways ?? [localGateway]) : [ipfsGateway],
    api: ipfs?.api ?? localApi,
  };
}
