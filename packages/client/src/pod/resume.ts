import { canonicalJson } from "@apoc/encoding";
import { type ChannelState, type PodManifest, readChannel, toWire } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { chainError } from "../chain/chain-error.ts";
import { clientErrors } from "../errors.ts";
import type { ClientPorts } from "../ports.ts";
import { type Deployment, payingChannel } from "./record.ts";
import { findOpenDeployment } from "./records.ts";

/**
 * What an earlier deployment of the same name left on the chain. `none`: nothing that matters; `unsent`: its channel
 * was never opened; `closing`: its channel is being closed; `paid`: its channel is open and funded.
 */
export type EarlierChannel = "none" | "unsent" | "closing" | "paid";

/** What the manifest of a paid channel means for a new one of the same name. */
export type ManifestMatch = "same" | "runs-another" | "paid-for-another";

/**
 * Judges an earlier deployment by its record and the chain. `opening` may mean that the transaction was never sent: the
 * chain tells. A channel that is on the chain is never left behind silently.
 */
export function judgeEarlier(
  record: Pick<Deployment, "state">,
  channel: Pick<ChannelState, "deposited" | "closed" | "unlockAt">,
): EarlierChannel {
  if (channel.closed) return "none";
  if (channel.deposited === 0n) return record.state === "opening" ? "unsent" : "none";
  return channel.unlockAt !== 0 || record.state === "closing" ? "closing" : "paid";
}

/** Compares the manifest of a paid channel with a new one, every image of both pinned. */
export function matchManifest(
  record: Pick<Deployment, "state" | "manifest">,
  manifest: PodManifest,
): ManifestMatch {
  if (canonicalJson(toWire(record.manifest)) === canonicalJson(toWire(manifest))) return "same";
  return record.state === "deployed" ? "runs-another" : "paid-for-another";
}

/** An earlier deployment of the same name on this network, and what it left on the chain. */
export interface EarlierDeployment {
  readonly deployment: Deployment;
  readonly channel: EarlierChannel;
}

/** Finds an earlier deployment that matters to a new one. Throws POD_EXISTS where it is closing, CHAIN_UNREACHABLE. */
export async function findEarlier(
  { chain, records }: Pick<ClientPorts, "chain" | "records">,
  name: string,
): Promise<EarlierDeployment | undefined> {
  const deployment = await findOpenDeployment(records, name, chain.network.name);
  if (deployment === undefined) return undefined;
  const { contract, id } = payingChannel(deployment);
  const state = await readChannel(chain.client, contract, id).catch((error: unknown) => {
    throw chainError(error, `channel ${id}`);
  });
  const channel = judgeEarlier(deployment, state);
  if (channel === "closing") throw inTheWay(deployment, "paid-for-another");
  return channel === "none" ? undefined : { deployment, channel };
}

/** Why a paid channel of the same name cannot be used for a manifest, and what to do with it. */
export function otherManifest(deployment: Deployment, match: ManifestMatch): ApocError {
  if (match === "runs-another") return inTheWay(deployment, match);
  return new ApocError(clientErrors.POD_CHANGED, {
    field: deployment.name,
    expected: "the images and settings that its channel was opened for",
    actual: `channel ${payingChannel(deployment).id}, ${deployment.state}`,
    next: { action: "close-pod", subject: deployment.name },
  });
}

function inTheWay(deployment: Deployment, match: ManifestMatch): ApocError {
  const { name, state } = deployment;
  return new ApocError(clientErrors.POD_EXISTS, {
    field: name,
    actual: `channel ${payingChannel(deployment).id}, ${state}`,
    next: { action: match === "runs-another" ? "update-pod" : "close-pod", subject: name },
  });
}
