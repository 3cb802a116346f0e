import { join } from "node:path";
import { AmdKds, type CollateralServices, IntelPcs, type TrustPolicy } from "@apoc/attestation";
import { directoryCache } from "@apoc/attestation/node";
import { dockerCredentials } from "@apoc/oci/node";
import { systemClock } from "../clock.ts";
import type { ClientPorts, EventListener, TrustPolicySource } from "../ports.ts";
import { deploymentFiles } from "./deployment-files.ts";
import { pinnedConnection } from "./pinned-connection.ts";
import { sessionKeyFiles } from "./session-key-files.ts";

/** What a program on Node decides about its ports. */
export interface NodePortOptions {
  /** Folder of records and collateral; made when it is needed, with mode 0700. */
  readonly directory: string;
  /** The trust policy that providers are judged by, or where it is read from. */
  readonly policy: TrustPolicy | TrustPolicySource;
  /** Trustless gateways that `ipfs://` images are read from, asked in this order; none unless given. */
  readonly ipfsGateways?: readonly string[];
  /** Where collateral comes from; AMD and Intel, kept in the folder, unless given. */
  readonly collateral?: CollateralServices;
  /** Aborts requests and waiting. */
  readonly signal?: AbortSignal;
  readonly onEvent?: EventListener;
}

/**
 * Ports of a program on Node, without chain and signer: records in `<directory>/pods`, session
 * keys in `<directory>/keys`, TLS keys that are pinned,
 * credentials of registries as Docker and Podman keep them.
 */
export function nodePorts(options: NodePortOptions): Omit<ClientPorts, "chain" | "signer"> {
  const { directory, policy, ipfsGateways: gateways, onEvent = () => {} } = options;
  const { signal = new AbortController().signal } = options;
  return {
    policy: typeof policy === "function" ? policy : async () => policy,
    collateral: options.collateral ?? cachedCollateral(directory, signal),
    connect: pinnedConnection,
    images: { credentials: dockerCredentials(), ...(gateways === undefined ? {} : { ipfs: { gateways } }) },
    records: deploymentFiles(join(directory, "pods")),
    sessions: sessionKeyFiles(join(directory, "keys")),
    clock: systemClock,
    signal,
    onEvent,
  };
}

/** AMD's and Intel's services; what they gave is kept in `<directory>/collateral`. */
function cachedCollateral(directory: string, signal: AbortSignal): CollateralServices {
  const options = { cache: directoryCache(join(directory, "collateral")), signal };
  return { kds: new AmdKds(options), pcs: new IntelPcs(options) };
}
