import { admissionErrors, type PodStatus } from "@apoc/core";
import { ApocError, fromErrorDocument, isApocError, type NextStep } from "@apoc/errors";
import { clientErrors } from "../errors.ts";
import type { ClientPorts } from "../ports.ts";
import type { PodRequests } from "./pod-requests.ts";

/** Refusals of a provider whose view of the chain is a moment behind ours. */
const transientRefusals = [
  admissionErrors.FUNDS_UNKNOWN,
  admissionErrors.FUNDS_NOT_ACCEPTED,
  admissionErrors.CHAIN_STALE,
  admissionErrors.CHAIN_DISAGREES,
  admissionErrors.CHAIN_MONITORS,
];
const retryMilliseconds = 60_000;

type WaitPorts = Pick<ClientPorts, "clock" | "signal">;

/** Waits until a block lies as deep as the provider demands. */
export async function waitForDepth(
  { chain, clock, signal }: WaitPorts & Pick<ClientPorts, "chain">,
  block: bigint,
  confirmations: number,
): Promise<void> {
  while ((await chain.client.getBlockNumber()) < block + BigInt(confirmations)) {
    await clock.sleep(chain.client.pollingInterval * 2, signal);
  }
}

/** Sends the pod; repeats for a while what is refused only because the provider has not seen the channel yet. */
export async function putPod(
  { clock, signal }: WaitPorts,
  requests: PodRequests,
  action: "deploy" | "update",
  body: Uint8Array,
): Promise<PodStatus> {
  const until = clock.now().getTime() + retryMilliseconds;
  for (;;) {
    try {
      return await requests.put(action, body);
    } catch (error) {
      const transient = transientRefusals.some((descriptor) => isApocError(error, descriptor));
      if (!transient || clock.now().getTime() >= until) throw error;
      await clock.sleep(1000, signal);
    }
  }
}

/** Waits until the pod runs. Throws the reason that the provider states, or POD_FAILED. */
export async function waitUntilRunning(
  { clock, signal }: WaitPorts,
  requests: PodRequests,
  name: string,
  first: PodStatus,
): Promise<PodStatus> {
  let status = first;
  for (let pause = 250; ; pause = Math.min(2000, pause * 1.5)) {
    if (status.state === "running") return status;
    if (status.state === "failed" || status.state === "suspended" || status.state === "removed") {
      throw podFailure(status, name);
    }
    await clock.sleep(pause, signal);
    status = await requests.status();
  }
}

/** Why a pod does not run, with what to do about it. */
function podFailure({ state, reason }: PodStatus, name: string): ApocError {
  const stated = fromErrorDocument(reason);
  const next: NextStep = { action: "close-pod", subject: name };
  const detail = "The funds stay in your channel until you close it.";
  if (stated === undefined) {
    return new ApocError(clientErrors.POD_FAILED, { field: name, actual: state, detail, next });
  }
  return withDetail(stated, detail, next);
}

/** An error as it is, with one more sentence and what to do next. */
export function withDetail(error: ApocError, detail: string, next: NextStep): ApocError {
  return error.with({ detail: error.detail === undefined ? detail : `${error.detail}\n${detail}`, next });
}
