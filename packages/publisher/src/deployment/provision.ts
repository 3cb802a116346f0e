import { setTimeout as sleep } from "node:timers/promises";
import { admissionErrors, type PodStatus, type ProviderClient } from "@apoc/core";
import { ApocError, fromErrorDocument, isApocError, type NextStep } from "@apoc/errors";
import type { OpenChain } from "@apoc/client";
import type { LocalAccount } from "viem";
import { publisherErrors } from "../errors.ts";
import { authorize } from "../provider/signed-request.ts";
import type { Deployment } from "./record.ts";

/** Refusals of a provider whose view of the chain is a moment behind ours. */
const passing = [
  admissionErrors.FUNDS_UNKNOWN,
  admissionErrors.FUNDS_NOT_ACCEPTED,
  admissionErrors.CHAIN_STALE,
  admissionErrors.CHAIN_FUTURE,
  admissionErrors.CHAIN_DISAGREES,
  admissionErrors.CHAIN_MONITORS,
];
const retryMilliseconds = 60_000;

/** Who asks whom about which pod. */
export interface ProvisionContext {
  readonly chain: OpenChain;
  readonly account: LocalAccount;
  readonly client: ProviderClient;
  readonly signal: AbortSignal;
}

/** Waits until a block lies as deep as the provider demands. */
export async function waitForDepth(
  { chain, signal }: Pick<ProvisionContext, "chain" | "signal">,
  block: bigint,
  confirmations: number,
): Promise<void> {
  while ((await chain.client.getBlockNumber()) < block + BigInt(confirmations)) {
    await sleep(chain.client.pollingInterval * 2, undefined, { signal });
  }
}

/** Sends the pod; repeats for a while what is refused only because the provider has not seen the channel yet. */
export async function putPod(
  { chain, account, client, signal }: ProvisionContext,
  { id, terms }: Deployment,
  action: "deploy" | "update",
  body: Uint8Array,
): Promise<PodStatus> {
  const until = Date.now() + retryMilliseconds;
  for (;;) {
    const target = { pod: id, provider: terms.header.provider };
    try {
      return await client.putPod(id, body, await authorize(chain, account, action, target, body));
    } catch (error) {
      const retry = passing.some((descriptor) => isApocError(error, descriptor)) && Date.now() < until;
      if (!retry) throw error;
      await sleep(1000, undefined, { signal });
    }
  }
}

/** Waits until the pod runs. Throws the reason that the provider states, or POD_FAILED. */
export async function waitUntilRunning(
  { chain, account, client, signal }: ProvisionContext,
  { id, name, terms }: Deployment,
  first: PodStatus,
): Promise<PodStatus> {
  let status = first;
  for (let pause = 250; ; pause = Math.min(2000, pause * 1.5)) {
    if (status.state === "running") return status;
    if (status.state === "failed" || status.state === "suspended" || status.state === "removed") {
      throw podFailure(status, name);
    }
    await sleep(pause, undefined, { signal });
    const target = { pod: id, provider: terms.header.provider };
    status = await client.getPod(id, await authorize(chain, account, "status", target));
  }
}

/** Why a pod does not run, with what to do about it. */
export function podFailure({ state, reason }: PodStatus, name: string): ApocError {
  const stated = fromErrorDocument(reason);
  const next: NextStep = { action: "close-pod", subject: name };
  const detail = "The funds stay in your channel until you close it.";
  if (stated === undefined) {
    return new ApocError(publisherErrors.POD_FAILED, { field: name, actual: state, detail, next });
  }
  return new ApocError(stated.descriptor, {
    field: stated.field,
    expected: stated.expected,
    actual: stated.actual,
    detail: stated.detail === undefined ? detail : `${stated.detail}\n${detail}`,
    next,
    cause: stated,
  });
}
