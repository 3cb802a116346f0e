import { paymentErrors } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import { type ChannelAccount, readAccount } from "../channel/account.ts";
import { collectRest } from "../channel/collect-rest.ts";
import { hasEnded, startUnlock, waitForEnd } from "../channel/end-channel.ts";
import { assertNothingPending } from "../channel/pending.ts";
import type { ClientPorts } from "../ports.ts";
import { type ConnectPorts, connectProvider } from "./connect.ts";
import { assertNetwork, assertPublisher } from "./ownership.ts";
import { removePod } from "./pod-requests.ts";
import { type Deployment, payingChannel } from "./record.ts";
import { findDeployment } from "./records.ts";

/** What closing a pod needs. */
export type ClosePorts = ConnectPorts & Pick<ClientPorts, "chain" | "signer">;

/** How long a provider that has stopped the pod gets to end the channel before it is unlocked instead. */
const terminationMilliseconds = 30_000;

/**
 * What closing a deployment will do; nothing has been signed or sent. `record`: nothing is on the chain, or it is closed
 * already, so only the record changes; `stop`: the pod is stopped and the channel ended; `collect`: the channel has
 * ended, and the rest is taken back.
 */
export interface ClosePlan {
  readonly kind: "record" | "stop" | "collect";
  readonly deployment: Deployment;
  readonly account: ChannelAccount;
}

/** What has come of closing; amounts in base units. */
export type Closed =
  | { readonly state: "closed"; readonly refunded: bigint; readonly ended?: "termination" | "unlock" }
  /** `unlockAt`, in seconds since 1970: when the rest can be taken back by closing again. */
  | { readonly state: "closing"; readonly unlockAt: number };

/**
 * Plans to close a deployment. Throws NETWORK_OTHER, WALLET_OTHER, TRANSACTION_PENDING where its opening may be under way,
 * CHANNEL_UNKNOWN where the chain does not know a channel that was opened.
 */
export async function planClose(ports: ClosePorts, deployment: Deployment): Promise<ClosePlan> {
  const { chain, signer } = ports;
  assertNetwork(chain, deployment);
  assertPublisher(signer, deployment);
  const channel = payingChannel(deployment);
  const account = await readAccount(chain, channel);
  const { closed, deposited, acceptedAt } = account.state;
  if (closed) return { kind: "record", deployment, account };
  if (deposited === 0n && acceptedAt === 0) {
    // Only an opening that was never sent leaves no trace; anything else means that this is not the right chain.
    if (deployment.state !== "opening") {
      const next = { action: "check-chain" } as const;
      throw new ApocError(paymentErrors.CHANNEL_UNKNOWN, { field: channel.id, next });
    }
    await assertNothingPending(chain, signer.address);
    return { kind: "record", deployment, account };
  }
  return { kind: hasEnded(account) ? "collect" : "stop", deployment, account };
}

/**
 * Does what {@link planClose} planned. The money does not depend on the provider: where it does not stop the pod or end
 * the channel, the channel is unlocked, and closing again after `unlockAt` takes back the rest; with `wait`, this waits
 * for that. Throws what `sendCall` throws.
 */
export async function executeClose(
  ports: ClosePorts,
  { kind, deployment, account }: ClosePlan,
  { wait = false }: { readonly wait?: boolean } = {},
): Promise<Closed> {
  const { chain, records } = ports;
  if (kind === "record") {
    await records.save({ ...deployment, state: "closed" });
    return { state: "closed", refunded: 0n };
  }
  const ended = kind === "stop" ? await endChannel(ports, deployment, account, wait) : "unlock";
  const channel = payingChannel(deployment);
  const after = await readAccount(chain, channel);
  if (!hasEnded(after)) return { state: "closing", unlockAt: after.state.unlockAt };
  const refunded = await collectRest(ports, channel);
  await records.save({ ...(await findDeployment(records, deployment.podId)), state: "closed" });
  return { state: "closed", refunded, ended };
}

/** Has the provider stop the pod and end the channel, else unlocks it. Tells which of the two ended the channel. */
async function endChannel(
  ports: ClosePorts,
  deployment: Deployment,
  account: ChannelAccount,
  wait: boolean,
): Promise<"termination" | "unlock"> {
  const { records, onEvent } = ports;
  const channel = payingChannel(deployment);
  const { id } = channel;
  const stopped = await stopPod(ports, deployment, account.state.unlockAt !== 0);
  await records.save({ ...(await findDeployment(records, deployment.podId)), state: "closing" });
  if (stopped && (await waitForEnd(ports, channel, terminationMilliseconds))) {
    onEvent({ type: "channel-terminated", id });
    return "termination";
  }
  if (stopped) onEvent({ type: "termination-missed", id, milliseconds: terminationMilliseconds });
  await startUnlock(ports, channel);
  if (wait) await waitForEnd(ports, channel);
  return "unlock";
}

/** Tells whether the provider has stopped the pod. `again`: it was asked before, so a refusal is expected. */
async function stopPod(ports: ClosePorts, deployment: Deployment, again: boolean): Promise<boolean> {
  const { signal, onEvent } = ports;
  try {
    const connection = await connectProvider(ports, deployment);
    try {
      await removePod(ports, connection.client, deployment);
    } finally {
      await connection.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isApocError(error)) throw error;
    onEvent({ type: "stop-failed", error, again });
    return false;
  }
  onEvent({ type: "pod-stopped", provider: deployment.providerUrl });
  return true;
}
