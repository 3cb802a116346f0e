import { canonicalJson } from "@apoc/encoding";
import { type ChannelState, type PodManifest, readChannel, toWire } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { attestProvider } from "@apoc/terminal/attestation";
import { publisherErrors } from "../errors.ts";
import { pinImages } from "../image/pin-images.ts";
import type { DeployBase, PaidDeployment } from "./pay.ts";
import type { Deployment } from "./record.ts";
import { openDeployments } from "./store.ts";

/** What to do with an earlier deployment of the same name. */
export type ResumeDecision = "none" | "forget" | "resume" | "exists" | "changed" | "closing";

/**
 * Decides from the local record and the chain. `opening` may mean that the transaction was never sent: the chain tells.
 * A channel that is on the chain is never left behind silently.
 */
export function decideResume(
  record: { readonly state: string; readonly manifest: PodManifest } | undefined,
  channel: Pick<ChannelState, "deposited" | "closed" | "unlockAt"> | undefined,
  manifest: PodManifest,
): ResumeDecision {
  if (record === undefined || channel === undefined || channel.closed) return "none";
  if (channel.deposited === 0n) return record.state === "opening" ? "forget" : "none";
  if (channel.unlockAt !== 0 || record.state === "closing") return "closing";
  if (canonicalJson(toWire(record.manifest)) === canonicalJson(toWire(manifest))) return "resume";
  return record.state === "deployed" ? "exists" : "changed";
}

/**
 * Finds the channel that an interrupted deployment of the same manifest has already paid. Undefined where a new one is
 * to be opened. Throws POD_EXISTS, POD_CHANGED.
 */
export async function findResumable({ ctx, chain, wish }: DeployBase): Promise<PaidDeployment | undefined> {
  const store = openDeployments(ctx.config.dataDirectory);
  const record = await store.findOpen(wish.pod.manifest.name, chain.network.name);
  if (record === undefined) return undefined;
  const channel = await readChannel(chain.client, record.contract, record.id);
  const decision = decideResume(record, channel, record.manifest);
  const { name, id } = record;
  if (decision === "none") return undefined;
  if (decision === "forget") {
    await store.remove(id);
    return undefined;
  }
  if (decision === "closing") throw refused(decision, record);
  ctx.ui.note(`Resuming ${name}: channel ${id} is paid already.`);
  const provider = await attestProvider(ctx, {
    url: wish.providerUrl,
    policy: wish.policy,
    expect: { chainId: chain.chainId, provider: record.terms.header.provider },
  });
  try {
    const { platform } = await provider.client.info();
    const { manifest } = await pinImages(ctx, wish.pod.manifest, platform);
    const pinned = decideResume(record, channel, manifest);
    if (pinned !== "resume") throw refused(pinned, record);
    const state = record.state === "opening" ? "open" : record.state;
    return { deployment: { ...record, state, providerUrl: provider.url }, provider };
  } catch (error) {
    await provider.close();
    throw error;
  }
}

/** Why an earlier deployment stands in the way, and what to do with it. */
function refused(decision: ResumeDecision, { name, id, state }: Deployment): ApocError {
  const changed = decision === "changed";
  return new ApocError(changed ? publisherErrors.POD_CHANGED : publisherErrors.POD_EXISTS, {
    field: name,
    expected: changed ? "the images and settings that its channel was opened for" : undefined,
    actual: `channel ${id}, ${state}`,
    next: { action: decision === "exists" ? "update-pod" : "close-pod", subject: name },
  });
}
